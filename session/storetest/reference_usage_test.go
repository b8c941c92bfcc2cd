package storetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func (s *reference) Usage(ctx context.Context) (store.Usage, error) {
	if err := ctx.Err(); err != nil && s.flaw != usageIgnoresContext {
		return store.Usage{}, s.contextError(store.Key{}, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := store.Usage{Exact: s.flaw != usageGuesses, Sweeps: s.sweeps, Swept: s.swept}
	for _, rec := range s.records {
		if s.flaw == usageCountsSaves {
			u.Sessions += int64(rec.Version)
		} else if s.flaw != usageGuesses && !rec.Expired(time.Now()) {
			u.Sessions++
		}
		if s.flaw != usageTakesNothing {
			u.Bytes += int64(rec.EncodedSize())
		}
	}
	if s.flaw == usageCountsTombstones {
		u.Sessions += int64(len(s.deleted))
	}
	if s.flaw == usageFails {
		return u, errors.New("reference: cannot count")
	}
	return u, nil
}
