package session

import (
	"github.com/proapi-go/proapi/session/store"
)

// The contract with the places where sessions are kept. It is written down in package store, so that stores depend on it
// and not on the engine; these names are the same types and values.
type (
	// Store keeps records by compare-and-swap. See [store.Store] for what each method must do.
	Store = store.Store

	// Sweeper is a Store that can be told to remove what has expired. See [store.Sweeper].
	Sweeper = store.Sweeper

	// Lister is a Store that can tell what it holds. See [store.Lister].
	Lister = store.Lister

	// Notifier is a Store that tells when a session is deleted. See [store.Notifier].
	Notifier = store.Notifier

	// Importer is a Store into which sessions can be moved. See [store.Importer].
	Importer = store.Importer

	// Measurer is a Store that can tell how much it holds. See [store.Measurer].
	Measurer = store.Measurer

	// Usage says how much a Store holds. See [store.Usage].
	Usage = store.Usage

	// Entry is a Record with its Key. See [store.Entry].
	Entry = store.Entry

	// Key is the SHA-256 of a session's ID, under which a Store keeps its record. See [store.Key].
	Key = store.Key

	// Record is the stored form of a session: version, times, user, values. See [store.Record].
	Record = store.Record

	// DeletedError is an ErrNotFound of a session whose end the Store remembers. See [store.DeletedError].
	DeletedError = store.DeletedError

	// BrokenError is an ErrNotFound of a session whose record cannot be used. See [store.BrokenError].
	BrokenError = store.BrokenError

	// BackendOptions are a backend's own settings by name. See [store.BackendOptions].
	BackendOptions = store.BackendOptions
)

// The errors that a Store returns, to compare with errors.Is.
var (
	ErrNotFound    = store.ErrNotFound
	ErrConflict    = store.ErrConflict
	ErrFull        = store.ErrFull
	ErrNotMeasured = store.ErrNotMeasured
)
