package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// From returns the session of the request that ctx belongs to. It is never nil: where no Manager's middleware stands
// before the handler, it is a session whose every use fails with ErrDisabled.
func From(ctx context.Context) *Session {
	if s, ok := ctx.Value(sessionKey{}).(*Session); ok {
		return s
	}
	return disabled()
}

type sessionKey struct{}

// A lazyContext is a context with a timeout, or one that can be cancelled, which costs nothing until somebody waits for
// its end: a request makes three of them, and most stores never look at one. The timeout counts from when somebody first
// asks for the deadline or for Done, or asks for Err a second time, so that what is done at once asks no clock.
type lazyContext struct {
	parent  context.Context //nolint:containedctx // it is a context
	timeout time.Duration   // 0: none

	inner    atomic.Pointer[realContext] // where somebody waits
	state    atomic.Uint32
	detached bool // does not end with the parent
}

// The bits of a lazyContext's state.
const (
	asked   = 1 << iota // Err was asked for
	ended               // the context has ended
	awaited             // there is an inner context, or, while its lock is held, there will be
)

// A realContext is what a lazyContext stands for, once somebody waits.
type realContext struct {
	context.Context //nolint:containedctx // it is a context

	stop context.CancelCauseFunc
	made sync.Once
}

// start sets what the context follows, and its timeout, if that is not 0.
func (c *lazyContext) start(parent context.Context, timeout time.Duration) {
	c.parent, c.timeout = parent, timeout
}

// Deadline returns the earlier of the context's own and the parent's, if it follows the parent.
func (c *lazyContext) Deadline() (time.Time, bool) {
	switch state := c.state.Load(); {
	case state&awaited != 0 || c.timeout > 0 && state&ended == 0:
		return c.real().Deadline()
	case c.detached:
		return time.Time{}, false
	}
	return c.parent.Deadline()
}

// Done returns a channel that is closed when the context ends.
func (c *lazyContext) Done() <-chan struct{} { return c.real().Done() }

// Err returns why the context has ended, nil where it has not. What it finds first stays the reason, since from then on
// there is a real context.
func (c *lazyContext) Err() error {
	state := c.state.Load()
	switch {
	case state&awaited != 0:
		return c.real().Err()
	case state&ended != 0:
		return context.Canceled
	case c.parentEnded(), c.timeout > 0 && state&asked != 0:
		return c.real().Err()
	case c.timeout > 0:
		c.state.Or(asked)
	}
	return nil
}

func (c *lazyContext) parentEnded() bool { return !c.detached && c.parent.Err() != nil }

// real returns the context that this one stands for, and makes it where there is none yet.
func (c *lazyContext) real() *realContext {
	if c.inner.Load() == nil {
		c.inner.CompareAndSwap(nil, &realContext{})
	}
	r := c.inner.Load()
	r.made.Do(func() { c.makeReal(r) })
	return r
}

func (c *lazyContext) makeReal(r *realContext) {
	over := c.state.Or(awaited)&ended != 0
	ctx := c.parent
	if c.detached || over {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, stop := context.WithCancelCause(ctx)
	r.Context, r.stop = ctx, stop
	if c.timeout > 0 && !over {
		timed, cancel := context.WithTimeout(ctx, c.timeout)
		r.Context, r.stop = timed, func(cause error) { stop(cause); cancel() }
	}
	if over {
		r.stop(nil)
	}
}

// A storeContext is that of calls of the store, which go by one time: a load by that at which the request came, a commit
// by that at which it began, or began again. See [store.Now].
type storeContext struct {
	lazyContext

	began moment
}

// Now returns the time by which the calls go.
func (c *storeContext) Now() time.Time { return c.began.time() }

// Value returns the parent's value, or, once it exists, the real context's, where package context finds what to cancel and
// the cause.
func (c *lazyContext) Value(key any) any {
	if c.detached || c.Err() != nil || c.state.Load()&awaited != 0 {
		return c.real().Value(key) // the parent would speak of its own end
	}
	return c.parent.Value(key)
}

// release ends a context whose work is done, whatever its timeout says: nobody asks for the reason.
func (c *lazyContext) release() { c.stop(nil) }

// end ends the context with a cause, for whoever waits now or asks later.
func (c *lazyContext) end(cause error) {
	switch {
	case c.state.Load()&ended != 0:
		return
	case cause != nil, c.parentEnded():
		c.real() // to have where to keep the cause, or the reason for which it has ended before
	}
	c.stop(cause)
}

// stop ends the real context, if there is one; if not, there is nothing to do until somebody asks.
func (c *lazyContext) stop(cause error) {
	if c.state.Or(ended)&awaited != 0 {
		c.real().stop(cause)
	}
}

// A requestContext is a handler's: the request's, which has the session.
type requestContext struct{ session *Session }

// Deadline returns the request's.
func (c *requestContext) Deadline() (time.Time, bool) { return c.session.request.Deadline() }

// Done returns the request's.
func (c *requestContext) Done() <-chan struct{} { return c.session.request.Done() }

// Err returns the request's.
func (c *requestContext) Err() error { return c.session.request.Err() }

// Value returns the session for its key.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(sessionKey); ok {
		return c.session
	}
	return c.session.request.Value(key)
}

// A promptContext is that of a load from a store in this process, which answers at once: what ends it is the end of the
// client's connection alone.
type promptContext requestContext

// Now returns the time by which the load goes.
func (c *promptContext) Now() time.Time { return c.session.began.time() }

// Deadline returns the parent's.
func (c *promptContext) Deadline() (time.Time, bool) { return c.session.request.parent.Deadline() }

// Done returns the parent's.
func (c *promptContext) Done() <-chan struct{} { return c.session.request.parent.Done() }

// Err returns the parent's.
func (c *promptContext) Err() error { return c.session.request.parent.Err() }

// Value returns the parent's.
func (c *promptContext) Value(key any) any { return c.session.request.parent.Value(key) }
