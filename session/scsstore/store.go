package scsstore

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A Store keeps sessions in a store of scs. It is safe for concurrent use, and made by [New].
type Store struct {
	backing ContextBacking
	all     func(ctx context.Context) (map[string][]byte, error) // nil where it cannot list
	locks   locks
}

var _ store.Importer = (*Store)(nil)

// New returns a store that keeps its sessions in backing; a [*Store], or, where backing can list, one that is a
// store.Lister as well. Make one for a backing: two do not know of each other's locks, and neither do two processes.
//
// Closing the backing, and stopping its cleaner, remain the caller's.
func New(backing Backing) store.Store {
	s := &Store{all: lists(backing), locks: newLocks()}
	if b, ok := backing.(ContextBacking); ok {
		s.backing = b
	} else {
		s.backing = withContext{backing}
	}
	if s.all == nil {
		return s
	}
	return &listing{s}
}

// Load returns the record saved last under key. See [store.Store].
func (s *Store) Load(ctx context.Context, key store.Key) (store.Record, error) {
	if err := ctx.Err(); err != nil {
		return store.Record{}, failed("load", key, err)
	}
	found, err := s.find(ctx, key, store.Now(ctx))
	switch {
	case err != nil:
		return store.Record{}, failed("load", key, err)
	case !found.deleted.IsZero():
		return store.Record{}, &store.DeletedError{At: found.deleted}
	case found.record.Version == 0:
		return store.Record{}, store.ErrNotFound
	}
	return found.record, nil
}

// Save stores rec if rec.Version is the version that is stored. See [store.Store], and the package's documentation for
// what does not hold where processes share the backing.
func (s *Store) Save(ctx context.Context, key store.Key, rec store.Record) error {
	return s.change(ctx, "save", key, func(found state, now time.Time) error {
		if !found.deleted.IsZero() || found.record.Version != rec.Version {
			return store.ErrConflict
		}
		rec.Version++
		return s.put(ctx, key, &rec, now)
	})
}

// Import stores rec with the version that it has. See [store.Importer]. Version 0, which no stored record has, is an error.
func (s *Store) Import(ctx context.Context, key store.Key, rec store.Record) error {
	return s.change(ctx, "import", key, func(found state, now time.Time) error {
		switch {
		case rec.Version == 0:
			return errors.New("the record has version 0, as none has that was saved")
		case !found.deleted.IsZero() || found.record.Version != 0:
			return store.ErrConflict
		}
		return s.put(ctx, key, &rec, now)
	})
}

// Delete removes the record under key and keeps in its place that it was deleted, until the given time. See [store.Store].
// Of two calls the first is when the session was ended, the later until holds.
func (s *Store) Delete(ctx context.Context, key store.Key, until time.Time) error {
	return s.change(ctx, "delete", key, func(found state, now time.Time) error {
		if found.deleted.IsZero() {
			found.deleted = now
		}
		if found.until.After(until) {
			return nil
		}
		if !until.After(now) {
			return s.backing.DeleteCtx(ctx, tokenOf(key))
		}
		return s.backing.CommitCtx(ctx, tokenOf(key), tombstone(found.deleted, until), until.Add(slack))
	})
}

// change does something with what is stored under key, alone of this process.
func (s *Store) change(ctx context.Context, op string, key store.Key, do func(found state, now time.Time) error) error {
	unlock, err := s.locks.lock(ctx, key)
	if err != nil {
		return failed(op, key, err)
	}
	defer unlock()
	now := time.Now()
	found, err := s.find(ctx, key, now)
	if err != nil {
		return failed(op, key, err)
	}
	if err := do(found, now); err != nil {
		return failed(op, key, err)
	}
	return nil
}

// find returns what is stored under key at the time now.
func (s *Store) find(ctx context.Context, key store.Key, now time.Time) (state, error) {
	b, found, err := s.backing.FindCtx(ctx, tokenOf(key))
	if err != nil || !found {
		return state{}, err
	}
	return parse(b, now)
}

// put stores a record, or, where it has expired, removes what is there.
func (s *Store) put(ctx context.Context, key store.Key, rec *store.Record, now time.Time) error {
	if rec.Expired(now) {
		return s.backing.DeleteCtx(ctx, tokenOf(key))
	}
	return s.backing.CommitCtx(ctx, tokenOf(key), recordEntry(rec), rec.Expires.Add(slack))
}
