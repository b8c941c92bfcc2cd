package store

import (
	"context"
	"time"
)

// Now returns the time by which a Load or a Save goes: the context's, where its type has a method Now, and else the clock's.
// The engine's contexts have the time at which the request came, for its load, so that one that came in time finds its
// session, and that at which its changes began to be stored, for its saves. So the clock, which costs more than what a
// store in memory does, is asked once for each.
func Now(ctx context.Context) time.Time {
	if c, ok := ctx.(interface{ Now() time.Time }); ok {
		return c.Now()
	}
	return time.Now()
}
