package store

import "context"

// An Importer is a store into which sessions can be moved from another store.
type Importer interface {
	// Import stores rec as it is, with rec.Version, which is above 0, for its version. It returns ErrConflict, and
	// changes nothing, where there is a record under key and where key was deleted. Import keeps none of the caller's
	// bytes.
	Import(ctx context.Context, key Key, rec Record) error
}
