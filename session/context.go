package session

import (
	"context"
	"sync"
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

	mu       sync.Mutex
	inner    *realContext // made when it is first needed
	asked    bool         // Err was asked for
	ended    bool
	detached bool // does not end with the parent
}

// A realContext is what a lazyContext stands for, once somebody waits.
type realContext struct {
	context.Context //nolint:containedctx // it is a context

	stop context.CancelCauseFunc
}

// start sets what the context follows, and its timeout, if that is not 0.
func (c *lazyContext) start(parent context.Context, timeout time.Duration) {
	c.parent, c.timeout = parent, timeout
}

// Deadline returns the earlier of the context's own and the parent's, if it follows the parent.
func (c *lazyContext) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inner != nil || c.timeout > 0 && !c.ended:
		return c.real().Deadline()
	case c.detached:
		return time.Time{}, false
	}
	return c.parent.Deadline()
}

// Done returns a channel that is closed when the context ends.
func (c *lazyContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Done()
}

// real makes the context that this one stands for.
func (c *lazyContext) real() context.Context {
	if c.inner != nil {
		return c.inner
	}
	ctx := c.parent
	if c.detached || c.ended {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, stop := context.WithCancelCause(ctx)
	c.inner = &realContext{ctx, stop}
	if c.timeout > 0 && !c.ended {
		timed, cancel := context.WithTimeout(ctx, c.timeout)
		c.inner = &realContext{timed, func(cause error) { stop(cause); cancel() }}
	}
	if c.ended {
		c.inner.stop(nil)
	}
	return c.inner
}

// Err returns why the context has ended, nil where it has not.
func (c *lazyContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason()
}

// reason is Err. What it finds first stays the reason, since from then on there is a real context.
func (c *lazyContext) reason() error {
	switch {
	case c.inner != nil:
	case c.ended:
		return context.Canceled
	case !c.detached && c.parent.Err() != nil, c.timeout > 0 && c.asked:
		c.real()
	default:
		c.asked = true
		return nil
	}
	return c.inner.Err()
}

// A requestContext is a handler's: it has the session.
type requestContext struct {
	lazyContext

	session *Session
}

// Value returns the session for its key.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(sessionKey); ok {
		return c.session
	}
	return c.lazyContext.Value(key)
}

// Value returns the parent's value, or, once it exists, the real context's, where package context finds what to cancel and
// the cause.
func (c *lazyContext) Value(key any) any {
	c.mu.Lock()
	ctx := c.parent
	if c.detached || c.reason() != nil || c.inner != nil {
		ctx = c.real() // the parent would speak of its own end
	}
	c.mu.Unlock()
	return ctx.Value(key)
}

// release ends a context whose work is done, whatever its timeout says: nobody asks for the reason.
func (c *lazyContext) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.inner != nil {
		c.inner.stop(nil)
	}
}

// end ends the context with a cause, for whoever waits now or asks later.
func (c *lazyContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	_ = c.reason() // where it has ended before, it keeps that reason
	if cause != nil {
		c.real() // to have where to keep the cause
	}
	c.ended = true
	if c.inner != nil {
		c.inner.stop(cause)
	}
}
