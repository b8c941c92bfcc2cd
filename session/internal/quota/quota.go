// Package quota keeps a log from being filled by whoever can send requests.
package quota

import (
	"sync/atomic"
	"time"
)

// PerSecond is how many lines of a log are written in a second. Further ones are for the debug level.
const PerSecond = 10

// Lines counts the lines of one kind. The zero value is ready, and it may be used from any number of goroutines.
type Lines struct {
	second atomic.Int64
	n      atomic.Int64
}

// Allow reports whether another line may be written now. Where a second begins for several goroutines at once, it may be
// some too many.
func (l *Lines) Allow() bool {
	if now := time.Now().Unix(); l.second.Swap(now) != now {
		l.n.Store(0)
	}
	return l.n.Add(1) <= PerSecond
}
