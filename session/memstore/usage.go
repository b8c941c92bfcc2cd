package memstore

import (
	"context"
	"fmt"

	"github.com/proapi-go/proapi/session/store"
)

var _ store.Measurer = (*Store)(nil)

// Usage returns how many records there are, counted, and the bytes of records and tombstones as Options.MaxBytes counts
// them. See [store.Measurer]. It looks at 256 numbers, however many records there are.
func (s *Store) Usage(ctx context.Context) (store.Usage, error) {
	if err := ctx.Err(); err != nil {
		return store.Usage{}, fmt.Errorf("memstore: usage: %w", err)
	}
	u := store.Usage{Bytes: s.Bytes(), Exact: true, Sweeps: s.sweeps.Load(), Swept: s.swept.Load()}
	for i := range s.shards {
		n, err := s.shards[i].records()
		if err != nil {
			return store.Usage{}, fmt.Errorf("memstore: usage: %w", err)
		}
		u.Sessions += int64(n)
	}
	return u, nil
}

// records returns how many entries are no tombstones.
func (s *shard) records() (int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return 0, ErrClosed
	}
	return s.index.used - s.ended, nil
}
