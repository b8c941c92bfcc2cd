// Package store is the contract between the session engine and the places where sessions are kept.
//
// A store keeps one [Record] under each [Key] and saves by compare-and-swap: a record is replaced only while the stored
// version is the one that the change was based on. Everything else (tokens, cookies, values, replay after a conflict,
// lifetimes) belongs to the engine and works the same on every store.
//
// Applications reach these names through package session, which repeats them. Who writes a store implements [Store],
// and what it can do besides as one of the small interfaces here, and runs storetest.Run on it:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) session.Store { return mystore.New(t.TempDir()) })
//	}
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Store keeps session records. Its methods may be called from many goroutines, and, where the store is shared, from
// many processes.
//
// A record whose Expires has passed counts as not there, in every method, whether or not it is still stored.
//
// A method whose context has ended returns an error that wraps the context's. Every error other than those named below
// means that the store could not answer, and that nobody knows whether a Save or a Delete took effect. Errors hold no
// key and no byte of a record's values.
type Store interface {
	// Load returns the record saved last under key, and ErrNotFound where there is none, where it has expired and where
	// key was deleted; for the last, a *DeletedError where the store still knows when, and a *BrokenError where something is
	// there that is no record. The caller owns the bytes.
	Load(ctx context.Context, key Key) (Record, error)

	// Save stores rec with version rec.Version+1. rec.Version is the version that the change was based on, 0 for a
	// record never saved. It returns ErrConflict, and changes nothing, where the stored version is another, where
	// rec.Version is above 0 and nothing is stored (a save of a loaded session is an update, never an insert), and
	// where key was deleted. A record that has expired already is accepted like any other: it takes the version and is
	// not there. Save keeps none of the caller's bytes.
	Save(ctx context.Context, key Key, rec Record) error

	// Delete removes the record, if there is one, and until the given time refuses every Save under key, whether or not
	// there was a record. Of two calls the later time holds.
	Delete(ctx context.Context, key Key, until time.Time) error
}

// A Sweeper is a store that removes what has expired (records, tombstones, left-over files) when it is told to. Stores
// do so on their own as well, at an interval that their options set.
type Sweeper interface {
	// Sweep removes everything that has expired and returns how many records and tombstones that were.
	Sweep(ctx context.Context) (removed int, err error)
}

var (
	// ErrNotFound is what Load returns where no record can be had: never saved, expired or deleted.
	ErrNotFound = errors.New("store: no such session")

	// ErrConflict is what Save returns where the stored version is not the one that the change was based on.
	ErrConflict = errors.New("store: session was changed or ended meanwhile")

	// ErrFull is what Save returns, wrapped, where a bound of the store (records, bytes) leaves no room for one more.
	ErrFull = errors.New("store: full")
)

// A DeletedError is an ErrNotFound that knows when the session was ended. The engine uses it to tell requests that were
// in flight at that moment from visitors who come back later with a dead cookie.
type DeletedError struct {
	At time.Time // when Delete was called, to the microsecond or better
}

// Error says when the session was ended.
func (e *DeletedError) Error() string {
	return fmt.Sprintf("store: session was ended at %s", e.At.UTC().Format(time.RFC3339))
}

// Is makes a DeletedError an ErrNotFound for errors.Is.
func (e *DeletedError) Is(target error) bool { return target == ErrNotFound }
