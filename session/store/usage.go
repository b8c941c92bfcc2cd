package store

import (
	"context"
	"errors"
)

// Usage says how much a store holds.
type Usage struct {
	Sessions int64 // how many records there are; tombstones are none
	Bytes    int64 // what the store takes up; each says what it counts
	Exact    bool  // Sessions was counted; else it is an estimate, and may be some seconds old

	// What the sweeps have done of this store (in this process, since it was made), on its own and when told to. A store
	// whose server removes what has expired does not sweep.
	Sweeps uint64
	Swept  uint64 // records and tombstones that they have removed
}

// A Measurer is a store that can tell how much it holds without looking at all of it: what Usage costs is bounded, however
// many records there are.
type Measurer interface {
	// Usage returns how many records there are, and how many bytes the store takes up. A record that has expired may be
	// counted until a sweep has removed it; one that was deleted is not counted. An estimate is less than twice what is
	// there, and more than half of it, as far as the store's server knows it itself.
	//
	// A store that stands on another one, which cannot tell, returns an error that wraps ErrNotMeasured.
	Usage(ctx context.Context) (Usage, error)
}

// ErrNotMeasured is what Usage returns, wrapped, where nobody can tell how much a store holds.
var ErrNotMeasured = errors.New("store: cannot tell how much it holds")
