package session

import (
	"context"
	"time"
)

// A requestContext is a handler's: the server's, with the session, and with an end of its own when the request is over or
// fails. It is the writer under another name.
type requestContext writer

// Deadline returns the server's.
func (c *requestContext) Deadline() (time.Time, bool) {
	return c.session.ending.deadline(c.session.source())
}

// Done returns a channel that is closed when the request ends.
func (c *requestContext) Done() <-chan struct{} {
	return c.session.ending.real(c.session.source()).Done()
}

// Err returns why the request has ended, nil where it has not.
func (c *requestContext) Err() error { return c.session.ending.err(c.session.source()) }

// Value returns the session for its key.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(sessionKey); ok {
		return &c.session
	}
	return c.session.ending.value(c.session.source(), key)
}

// source returns what the handler's context follows.
func (s *Session) source() source { return source{parent: s.context()} }

// A promptContext is that of a load from a store in this process, which answers at once: what ends it is the end of the
// client's connection alone.
type promptContext Session

func (c *promptContext) parent() context.Context { return (*Session)(c).context() }

// Now returns the time by which the load goes.
func (c *promptContext) Now() time.Time { return c.began.time() }

// Deadline returns the server's.
func (c *promptContext) Deadline() (time.Time, bool) { return c.parent().Deadline() }

// Done returns the server's.
func (c *promptContext) Done() <-chan struct{} { return c.parent().Done() }

// Err returns the server's.
func (c *promptContext) Err() error { return c.parent().Err() }

// Value returns the server's.
func (c *promptContext) Value(key any) any { return c.parent().Value(key) }
