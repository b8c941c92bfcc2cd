package session

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// A StoreCall is a call of the store that is over, as [Options].OnStoreCall is told of it. It holds nothing of the session.
type StoreCall struct {
	Operation string // "load", "save" or "delete"
	Began     time.Time
	Took      time.Duration
	Err       error // the store's; ErrNotFound and ErrConflict are answers, and no failures
}

// An operation is one of the things that the engine does with the store for a request.
type operation uint8

const (
	loading operation = iota
	saving
	deleting
	operations
)

func (op operation) String() string { return [...]string{"load", "save", "delete"}[op] }

// calls counts the calls of the store and takes their time.
//
// A store in this process answers in less than it takes to ask the clock twice, so of its calls one in timedOne is timed.
type calls struct {
	hook    func(context.Context, StoreCall) // nil where the application has none
	rare    bool                             // not every call is timed
	start   time.Time                        // from which times are counted, so that only half of the clock is asked
	stripes *[stripes]stripe
}

// A stripe counts the calls whose keys begin with the same bits, so that two processors seldom write to one cache line,
// and where they do, they come from the same part of the store.
type stripe struct {
	answered [operations]atomic.Uint64
	times    [operations]times
	_        [64 - int(operations)*8*(2+buckets)%64]byte // whole cache lines
}

// times are those of the calls of one operation: how many took how long, and how long all of them.
type times struct {
	counts [buckets]atomic.Uint64
	sum    atomic.Int64 // nanoseconds
}

const (
	stripes  = 64
	timedOne = 64
	untimed  = time.Duration(-1)
	buckets  = len(bounds) + 1
)

// bounds are the upper bounds of the buckets of a Histogram: from a file that is in the system's cache to a store that is
// lost.
var bounds = [...]time.Duration{
	10 * time.Microsecond, 25 * time.Microsecond, 50 * time.Microsecond,
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second,
}

func newCalls(hook func(context.Context, StoreCall), inProcess bool) calls {
	return calls{hook: hook, rare: inProcess && hook == nil, start: time.Now(), stripes: new([stripes]stripe)}
}

func (c *calls) stripe(key *Key) *stripe { return &c.stripes[key[0]%stripes] }

// begin is called before a call of the store, and what it returns is handed to end after it.
func (c *calls) begin(op operation, key *Key) time.Duration {
	if c.rare && c.stripe(key).answered[op].Load()%timedOne != 0 {
		return untimed
	}
	return time.Since(c.start)
}

// end counts a call. What a store does not hold is an answer to a load; a save that it refuses has not taken effect.
func (c *calls) end(ctx context.Context, op operation, key *Key, began time.Duration, err error) {
	s := c.stripe(key)
	if err == nil || op == loading && errors.Is(err, ErrNotFound) {
		s.answered[op].Add(1)
	}
	if began != untimed {
		c.time(ctx, op, s, began, err)
	}
}

// time takes the time of a call, and tells the application.
func (c *calls) time(ctx context.Context, op operation, s *stripe, began time.Duration, err error) {
	took := time.Since(c.start) - began
	s.times[op].add(took)
	if c.hook != nil {
		c.hook(ctx, StoreCall{Operation: op.String(), Began: time.Now().Add(-took), Took: took, Err: err})
	}
}

func (t *times) add(took time.Duration) {
	bucket, _ := slices.BinarySearch(bounds[:], took)
	t.counts[bucket].Add(1)
	t.sum.Add(int64(took))
}

// answered returns how many calls of an operation the store has answered.
func (c *calls) answered(op operation) (n uint64) {
	for i := range c.stripes {
		n += c.stripes[i].answered[op].Load()
	}
	return n
}

// histogram returns the times of an operation.
func (c *calls) histogram(op operation) Histogram {
	h := Histogram{Bounds: slices.Clone(bounds[:]), Counts: make([]uint64, buckets)}
	for i := range c.stripes {
		t := &c.stripes[i].times[op]
		for bucket := range t.counts {
			n := t.counts[bucket].Load()
			h.Counts[bucket] += n
			h.Count += n
		}
		h.Sum += time.Duration(t.sum.Load())
	}
	return h
}
