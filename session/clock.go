package session

import (
	"sync/atomic"
	"time"
)

// clockSkew is how far the clocks of two machines, or one machine's before and after it was set, may be apart. What
// claims to come from further in the future is not trusted.
const clockSkew = 5 * time.Minute

// A clock tells the time and does not go back by less than clockSkew, so that a clock set back a little does not
// lengthen lifetimes. Set back by more, tokens and records come from the future, and are refused.
type clock struct {
	mark atomic.Int64 // the latest second that was told
}

// now returns the time in UTC to the microsecond, the resolution of a record.
func (c *clock) now() time.Time {
	now := time.Now().UTC().Truncate(time.Microsecond)
	second, mark := now.Unix(), c.mark.Load()
	switch {
	case second > mark:
		c.mark.CompareAndSwap(mark, second)
	case second < mark && mark-second <= int64(clockSkew/time.Second):
		return time.Unix(mark, 0).UTC()
	}
	return now
}
