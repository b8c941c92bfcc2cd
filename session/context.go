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
// its end: a request makes some of them, and most stores never look at one. The timeout counts from when somebody first
// asks for the deadline or for Done, or asks for Err a second time, so that what is done at once asks no clock.
type lazyContext struct {
	source
	lazyEnd

	asked atomic.Bool // Err was asked for
}

// A source is what a context follows.
type source struct {
	parent   context.Context //nolint:containedctx // it is a context's
	timeout  time.Duration   // 0: none
	detached bool            // does not end with the parent
}

func (f source) ended() bool { return !f.detached && f.parent.Err() != nil }

// A lazyEnd is how far a context is towards its end: nil while nobody waits and it goes on, and unseen when it has ended
// before anybody has waited.
type lazyEnd struct{ inner atomic.Pointer[realContext] }

// A realContext is what a lazyContext stands for, once somebody waits.
type realContext struct {
	context.Context //nolint:containedctx // it is a context

	stop context.CancelCauseFunc
	made sync.Once
	over bool // the context had ended before
}

var unseen = &realContext{}

// Deadline returns the earlier of the context's own and the parent's, if it follows the parent.
func (c *lazyContext) Deadline() (time.Time, bool) { return c.deadline(c.source) }

// Done returns a channel that is closed when the context ends.
func (c *lazyContext) Done() <-chan struct{} { return c.real(c.source).Done() }

// Err returns why the context has ended, nil where it has not.
func (c *lazyContext) Err() error {
	err := c.err(c.source)
	if err == nil && c.timeout > 0 {
		if c.asked.Load() {
			return c.real(c.source).Err()
		}
		c.asked.Store(true)
	}
	return err
}

// Value returns the parent's value, or, once it exists, the real context's, where package context finds what to cancel and
// the cause.
func (c *lazyContext) Value(key any) any { return c.value(c.source, key) }

// release ends a context whose work is done, whatever its timeout says: nobody asks for the reason.
func (c *lazyContext) release() { c.end(c.source, nil) }

func (e *lazyEnd) deadline(from source) (time.Time, bool) {
	switch r := e.inner.Load(); {
	case r != nil && r != unseen, r == nil && from.timeout > 0:
		return e.real(from).Deadline()
	case from.detached:
		return time.Time{}, false
	}
	return from.parent.Deadline()
}

// err returns why the context has ended. What it finds first stays the reason, since from then on there is a real context.
func (e *lazyEnd) err(from source) error {
	switch r := e.inner.Load(); {
	case r == unseen:
		return context.Canceled
	case r != nil, from.ended():
		return e.real(from).Err()
	}
	return nil
}

func (e *lazyEnd) value(from source, key any) any {
	if e.inner.Load() != nil {
		return e.real(from).Value(key) // the parent would speak of its own end
	}
	return from.parent.Value(key)
}

// end ends the context with a cause, for whoever waits now or asks later, and reports whether anybody has waited.
func (e *lazyEnd) end(from source, cause error) (awaited bool) {
	if cause == nil && !from.ended() && e.inner.CompareAndSwap(nil, unseen) || e.inner.Load() == unseen {
		return false
	}
	e.real(from).stop(cause)
	return true
}

// real returns the context that this one stands for, and makes it where there is none yet.
func (e *lazyEnd) real(from source) *realContext {
	r := e.inner.Load()
	for r == nil || r == unseen {
		e.inner.CompareAndSwap(r, &realContext{over: r == unseen})
		r = e.inner.Load()
	}
	r.made.Do(func() { r.make(from) })
	return r
}

func (r *realContext) make(from source) {
	ctx := from.parent
	if from.detached || r.over {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, stop := context.WithCancelCause(ctx)
	r.Context, r.stop = ctx, stop
	if from.timeout > 0 {
		timed, cancel := context.WithTimeout(ctx, from.timeout)
		r.Context, r.stop = timed, func(cause error) { stop(cause); cancel() }
	}
	if r.over {
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
