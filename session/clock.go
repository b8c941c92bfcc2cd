package session

import (
	"sync/atomic"
	"time"
)

// clockSkew is how far the clocks of two machines, or one machine's before and after it was set, may be apart. What
// claims to come from further in the future is not trusted.
const clockSkew = 5 * time.Minute

// A moment is a time as records count it: microseconds since 1970.
type moment int64

// at returns the moment of a time.
func at(t time.Time) moment { return moment(t.UnixMicro()) }

// time returns the moment in UTC.
func (m moment) time() time.Time { return time.UnixMicro(int64(m)).UTC() }

// after returns the moment that is so much later.
func (m moment) after(d time.Duration) moment { return m + moment(d/time.Microsecond) }

// since returns how much later than earlier this is.
func (m moment) since(earlier moment) time.Duration {
	return time.Duration(m-earlier) * time.Microsecond
}

// second returns the moment in whole seconds since 1970.
func (m moment) second() int64 { return time.UnixMicro(int64(m)).Unix() }

// A clock tells the time and does not go back by less than clockSkew, so that a clock set back a little does not
// lengthen lifetimes. Set back by more, tokens and records come from the future, and are refused.
//
// Half of what a reading costs is the system's date, so that is asked for once a second, and the time since then else.
type clock struct {
	base atomic.Pointer[reading]
	mark atomic.Int64 // the latest second that was told
}

// A reading is a time with its date.
type reading struct {
	time time.Time     // on the monotonic clock
	date time.Duration // since 1970
}

const readingLife = time.Second

// now returns the time.
func (c *clock) now() moment {
	if base := c.base.Load(); base != nil {
		if passed := time.Since(base.time); passed < readingLife {
			return moment((base.date + passed) / time.Microsecond)
		}
	}
	base := c.read()
	c.base.Store(base)
	return moment(base.date / time.Microsecond)
}

// read asks for the date.
func (c *clock) read() *reading {
	now := time.Now()
	second, mark := now.Unix(), c.mark.Load()
	switch {
	case second > mark:
		c.mark.CompareAndSwap(mark, second)
	case second < mark && mark-second <= int64(clockSkew/time.Second):
		return &reading{now, time.Duration(mark) * time.Second}
	}
	return &reading{now, time.Duration(now.UnixNano())}
}
