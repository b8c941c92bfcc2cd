// Package memstore keeps sessions in this process's memory.
//
//	sessions, err := memstore.New(memstore.Options{MaxSessions: 200_000})
//	if err != nil {
//		return err
//	}
//	defer sessions.Close()
//	manager, err := session.New(session.Options{Store: sessions})
//
// Sessions end with the process. Their number and their bytes are bounded, and what lives is never thrown out to make
// room for what is new: a full store refuses.
//
// It is built for many sessions. They lie in 256 shards, each with a lock of its own that the key's first byte chooses.
// A shard holds its records, key and all, in slabs of bytes; the index that finds them and the queue of what expires next
// hold numbers. So the garbage collector sees a pointer for some 100 KiB of sessions and none within, and ten million
// sessions cost it next to nothing.
package memstore

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
	"github.com/proapi-go/proapi/session/store"
)

// ErrClosed is what a Store's methods return, wrapped, after Close.
var ErrClosed = errors.New("memstore: closed")

// A Store keeps sessions in memory. It is safe for concurrent use, and made by [New].
type Store struct {
	shards [256]shard
	bounds *bounds
	sweeps atomic.Uint64 // those that came to their end
	swept  atomic.Uint64 // what they have removed

	closing sync.Once
	stop    context.CancelFunc
	stopped chan struct{} // closed when the goroutine that sweeps has ended
}

var (
	_ store.Sweeper  = (*Store)(nil)
	_ store.Importer = (*Store)(nil)
)

// New makes an empty store and starts the goroutine that sweeps it, which ends with [Store.Close]. Its error names every
// option that is wrong, and what would be right.
func New(o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Store{
		bounds:  &bounds{maxRecords: int64(o.MaxSessions), maxBytes: o.MaxBytes},
		stop:    stop,
		stopped: make(chan struct{}),
	}
	seed := maphash.MakeSeed()
	for i := range s.shards {
		s.shards[i].init(s.bounds, seed)
	}
	go s.sweepEvery(ctx, o.SweepInterval)
	return s, nil
}

// Load returns the record saved last under key. See [store.Store].
//
// It allocates the record's values and, where there is one, its user.
func (s *Store) Load(ctx context.Context, key store.Key) (rec store.Record, err error) {
	if err := ctx.Err(); err != nil {
		return rec, fmt.Errorf("memstore: load: %w", err)
	}
	var r direct.Record
	if err := s.LoadDirect(&key, store.Now(ctx).UnixMicro(), &r); err != nil {
		return rec, err
	}
	return r.Stored(), nil
}

// Save stores rec if rec.Version is the version that is stored. See [store.Store].
//
// Where a bound leaves no room for a new or longer record, Save removes records and tombstones that have expired, each
// shard's oldest first, until there is. Where nothing has, it returns an error that wraps [store.ErrFull], and what was
// stored stays. A record of more than 1 GiB is never accepted.
func (s *Store) Save(ctx context.Context, key store.Key, rec store.Record) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: save: %w", err)
	}
	r := direct.Of(&rec)
	return s.SaveDirect(&key, store.Now(ctx).UnixMicro(), &r)
}

// Import stores rec with the version that it has. See [store.Importer]. Version 0, which no stored record has, is an error.
// What a full store does is what it does at a Save.
func (s *Store) Import(ctx context.Context, key store.Key, rec store.Record) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: import: %w", err)
	}
	if rec.Version == 0 {
		return errors.New("memstore: import: the record has version 0, as none has that was saved")
	}
	r := direct.Of(&rec)
	for {
		now := time.Now().UnixMicro()
		err := s.shard(&key).add(&key, &r, now)
		if !errors.Is(err, store.ErrFull) || s.reclaim(key[0], now) == 0 {
			return err
		}
	}
}

// Delete removes the record under key and leaves a tombstone until the given time. See [store.Store]. Of two calls the
// first is when the session was ended (see [store.DeletedError]), the later until holds.
//
// A record's tombstone takes the record's place and always finds room. One for a key under which nothing is stored
// needs a place of its own; where there is none, Delete returns an error that wraps [store.ErrFull].
func (s *Store) Delete(ctx context.Context, key store.Key, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: delete: %w", err)
	}
	end := until.Add(time.Microsecond - 1).UnixMicro() // rounded up: not a moment too short
	for {
		now := time.Now().UnixMicro()
		err := s.shard(&key).delete(&key, end, now)
		if !errors.Is(err, store.ErrFull) || s.reclaim(key[0], now) == 0 {
			return err
		}
	}
}

// Len returns the number of records and tombstones, those included that have expired and are not yet swept: what
// Options.MaxSessions bounds.
func (s *Store) Len() int { return int(s.bounds.records.Load()) }

// Bytes returns the bytes that records and tombstones hold, as Options.MaxBytes counts them.
func (s *Store) Bytes() int64 { return s.bounds.bytes.Load() }

// Close ends the goroutine that sweeps and lets go of all sessions. Afterwards every method that returns an error, and
// every list, has [ErrClosed], wrapped, and Len and Bytes are 0. Close may be called more than once and returns nil.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.stop()
		<-s.stopped
		for i := range s.shards {
			s.shards[i].close()
		}
	})
	return nil
}

func (s *Store) shard(key *store.Key) *shard { return &s.shards[key[0]] }
