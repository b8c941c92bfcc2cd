package migration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// both is a store over two.
type both struct {
	from, to store.Store
	importer store.Importer // to
	marker   store.Importer // from, where it is one
	phase    Phase
}

// Load returns the record from the store that has it. See [store.Store].
func (b *both) Load(ctx context.Context, key store.Key) (store.Record, error) {
	if b.phase == Prepare {
		return b.loadOldFirst(ctx, key)
	}
	return b.loadNewFirst(ctx, key)
}

// Save stores rec where the session is, and in Switch moves it first. See [store.Store].
func (b *both) Save(ctx context.Context, key store.Key, rec store.Record) error {
	switch {
	case b.phase == Prepare && rec.Version == 0:
		return b.insertOld(ctx, key, rec)
	case b.phase == Prepare:
		return b.saveWhereItIs(ctx, key, rec)
	case rec.Expired(time.Now()):
		return b.saveWhereItIs(ctx, key, rec)
	case rec.Version == 0:
		return b.insertNew(ctx, key, rec)
	}
	return b.saveNew(ctx, key, rec)
}

// Sweep sweeps the stores that can be told to. It returns what was removed from the store that the phase writes to: most
// of the rest is counted there as well.
func (b *both) Sweep(ctx context.Context) (removed int, err error) {
	old, err := sweep(ctx, b.from)
	if err != nil {
		return old, wrap("sweep the old store", err)
	}
	removed, err = sweep(ctx, b.to)
	if b.phase == Prepare {
		removed = old
	}
	return removed, wrap("sweep the new store", err)
}

func sweep(ctx context.Context, s store.Store) (int, error) {
	if sweeper, ok := s.(store.Sweeper); ok {
		return sweeper.Sweep(ctx)
	}
	return 0, nil
}

// Close closes both stores, if they can be closed.
func (b *both) Close() error {
	var errs []error
	for _, s := range []store.Store{b.from, b.to} {
		if c, ok := s.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return wrap("close", errors.Join(errs...))
}

// look says what from holds under key.
func (b *both) look(ctx context.Context, key store.Key) (place, error) {
	rec, err := b.from.Load(ctx, key)
	switch {
	case err == nil:
		return read(rec), nil
	case isEnded(err):
		return place{state: ended, err: err}, nil
	case errors.Is(err, store.ErrNotFound):
		return place{state: nothing}, nil
	}
	return place{}, wrap("load from the old store", err)
}

// loadNew loads from to, where a spent session is not there.
func (b *both) loadNew(ctx context.Context, key store.Key) (store.Record, error) {
	rec, err := b.to.Load(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return rec, err
	}
	if err != nil {
		return rec, wrap("load from the new store", err)
	}
	switch read(rec).state {
	case present:
		return rec, nil
	case spent:
		return store.Record{}, store.ErrNotFound
	}
	return store.Record{}, errMarks
}

// isEnded reports whether err says that a session was deleted.
func isEnded(err error) bool {
	_, ok := errors.AsType[*store.DeletedError](err)
	return ok
}

// wrap says what failed, unless nothing did or the error is an answer.
func wrap(what string, err error) error {
	if err == nil || errors.Is(err, store.ErrConflict) {
		return err
	}
	return fmt.Errorf("migration: %s: %w", what, err)
}
