package session

import (
	"errors"
	"sync/atomic"
)

// errCrowded is wrapped in an ErrUnavailable.
var errCrowded = errors.New("as many requests wait for the store as MaxWaiting lets: it is slow, or hangs")

// A crowd is the requests that wait for the store at this moment. Where a store hangs, each waits for as long as
// StoreTimeout lets it, with its goroutine, its connection and its memory; so their number is bounded, and who comes when it
// is reached is answered at once.
type crowd struct {
	most int64 // 0 is any number: the store is in this process, and nobody waits for it

	_       [64]byte // what stands above is read by every request, what follows is written
	waiting atomic.Int64
	told    atomic.Int64 // the second in which it was last told that the bound was reached
}

// join takes a place in the crowd, which leave gives back.
func (c *crowd) join() error {
	if c.most > 0 && c.waiting.Add(1) > c.most {
		c.waiting.Add(-1)
		return errCrowded
	}
	return nil
}

func (c *crowd) leave() {
	if c.most > 0 {
		c.waiting.Add(-1)
	}
}

// tell reports whether it is time to log that the bound was reached: once a second, of thousands of requests.
func (c *crowd) tell(now moment) bool {
	last := c.told.Load()
	return now.second() != last && c.told.CompareAndSwap(last, now.second())
}
