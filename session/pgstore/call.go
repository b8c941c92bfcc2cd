package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A repeat says whether a call may be made again after an error.
type repeat func(error) bool

// tries is how often a call is made at the most, within its time, unless it is rolled back.
const tries = 3

// call lends f a connection, and again where the error is one after which f may be called again. It returns within the
// store's timeout, and afterwards nothing is under way on the connection. A success that comes when ctx has ended is none: a
// server that is told to wait no longer for its standby answers with success, and has committed alone.
func (s *Store) call(ctx context.Context, again repeat, f func(context.Context, *pgx.Conn) error) error {
	if s.closed() {
		return errClosed
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout-afterTimeout(s.options.Timeout))
	defer cancel()
	for try := 1; ; try++ {
		sent, err := s.try(ctx, f)
		switch {
		case err == nil && ctx.Err() == nil, isAnswer(err):
			return err
		case ctx.Err() != nil:
			return contextError(ctx, err)
		case isCode(err, serializationFailure) || isCode(err, deadlock):
			// Rolled back in favour of another, which got on: for as long as there is time.
		case !sent || try >= tries || !again(err):
			return bare(err)
		}
	}
}

// try calls f once, and reports whether there was a connection to call it with.
func (s *Store) try(ctx context.Context, f func(context.Context, *pgx.Conn) error) (sent bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release() // closes it where it is broken
	err = f(ctx, conn.Conn())
	if err == nil || isAnswer(err) || ctx.Err() != nil {
		return true, err
	}
	s.distrust(ctx, conn.Conn(), err)
	return true, err
}

// distrust looks at what an error says about the connections. Where one was lost, the server has gone, most often, and
// the others with it: each of them would cost a request its answer. And a server that has become another's replica
// stays one; a new connection may lead to its successor.
func (s *Store) distrust(ctx context.Context, conn *pgx.Conn, err error) {
	replica := isCode(err, readOnly)
	if replica {
		_ = conn.Close(ctx)
	}
	if s.owned && (replica || conn.IsClosed()) {
		s.pool.Reset()
	}
}

// Codes of errors, from the PostgreSQL documentation's appendix A.
const (
	readOnly             = "25006"
	serializationFailure = "40001"
	deadlock             = "40P01"
	noSuchStatement      = "26000"
	statementExists      = "42P05"
	notSupported         = "0A000"
	noSuchTable          = "42P01"
	notAllowed           = "42501"
)

// once is for what must not be done twice: it may be sent again only where the server has not done it. A prepared
// statement whose result has changed with the table, or that a pooler has lost, was not executed; pgx prepares it anew.
func once(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return pgconn.SafeToRetry(err)
	}
	switch e.Code {
	case noSuchStatement, statementExists:
		return true
	case notSupported:
		return e.Routine == "RevalidateCachedQuery"
	}
	return false
}

// repeatable is for what may be done twice: it may be sent again where a connection was lost as well.
func repeatable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return !ok || e.Severity == "FATAL" || once(err)
}

// afterTimeout is the part of a timeout that is left to end a statement: Open's connections ask the server to cancel it,
// so that a server that is slow, and not gone, keeps neither the statement nor the connection.
func afterTimeout(timeout time.Duration) time.Duration { return min(timeout/8, 250*time.Millisecond) }
