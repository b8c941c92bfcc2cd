package filestore

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

var _ store.Measurer = (*Store)(nil)

const (
	usageNames = 4096             // from how many names on no further shard is looked at
	usageReads = 1024             // files that are read at the most
	usageLife  = 10 * time.Second // for how long an estimate is given again
)

// Usage returns how many records there are and how many bytes the files of records and tombstones have; what the file
// system adds to each, a block or so, comes on top. See [store.Measurer].
//
// Up to 1,024 files are counted. Of more, those in some of the 256 directories are, as many as it takes for some 4,096
// names, and 1,024 of them are read to see how many have ended; as keys are random, that is right to a few percent. Such
// an estimate is given again for ten seconds. It takes no locks.
func (s *Store) Usage(ctx context.Context) (store.Usage, error) {
	if err := s.begin(ctx); err != nil {
		return store.Usage{}, wrap("usage", err)
	}
	defer s.calls.RUnlock()
	u := s.estimate.Load()
	if u == nil || time.Since(u.at) > usageLife {
		var err error
		if u, err = s.measure(ctx); err != nil {
			return store.Usage{}, wrap("usage", err)
		}
		if !u.Exact {
			s.estimate.Store(u)
		}
	}
	now := u.Usage
	now.Sweeps, now.Swept = s.sweeps.Load(), s.swept.Load()
	return now, nil
}

// A measured is what was found at a time.
type measured struct {
	store.Usage

	at time.Time
}

// measure looks at shards from a random one on.
func (s *Store) measure(ctx context.Context) (*measured, error) {
	var first [1]byte
	_, _ = rand.Read(first[:]) // never fails
	var keys []store.Key
	looked := 0
	for ; looked < len(s.shards) && len(keys) < usageNames; looked++ {
		if err := s.ready(ctx); err != nil {
			return nil, err
		}
		found, err := s.names(&s.shards[(int(first[0])+looked)%len(s.shards)])
		if err != nil {
			return nil, err
		}
		keys = append(keys, found...)
	}
	step := max(1, (len(keys)+usageReads-1)/usageReads)
	u := &measured{at: time.Now()}
	for i := 0; i < len(keys); i += step {
		if err := s.add(ctx, u, keys[i]); err != nil {
			return nil, err
		}
	}
	u.Exact = step == 1 && looked == len(s.shards)
	if read := int64((len(keys) + step - 1) / step); !u.Exact {
		scale := float64(len(keys)) / float64(read) * float64(len(s.shards)) / float64(looked)
		u.Sessions, u.Bytes = int64(float64(u.Sessions)*scale), int64(float64(u.Bytes)*scale)
	}
	return u, nil
}

// names returns the keys after which the shard's files are named.
func (s *Store) names(sh *shard) ([]store.Key, error) {
	d, err := sh.folder(false)
	if err != nil {
		return nil, ignoreGone(err)
	}
	keys, err := d.keys(".")
	if err != nil && sh.removed(d) {
		return nil, nil
	}
	return keys, err
}

// add adds a session's file. What is gone meanwhile, or broken, is nothing.
func (s *Store) add(ctx context.Context, u *measured, key store.Key) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	d, err := s.shard(key).folder(false)
	if err != nil {
		return ignoreGone(err)
	}
	e, size, err := d.peek(key, fileName(key))
	if _, broken := errors.AsType[brokenError](err); broken {
		return nil
	}
	if err != nil {
		return ignoreGone(err)
	}
	if !e.tombstone && !e.ended(u.at) {
		u.Sessions++
	}
	u.Bytes += size
	return nil
}
