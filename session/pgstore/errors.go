package pgstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/proapi-go/proapi/session"
)

var errClosed = fmt.Errorf("the store is closed: %w", fs.ErrClosed)

// wrap says what was being done. The answers of the contract stay as they are.
func wrap(doing string, err error) error {
	if err == nil || errors.Is(err, session.ErrConflict) {
		return err
	}
	return fmt.Errorf("pgstore: %s: %w%s", doing, err, remedy(err))
}

// bare leaves out of an error what can hold the row: what the server adds to its message ("Key (key)=(…) already
// exists"), and an argument that does not fit.
func bare(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return &pgconn.PgError{Severity: e.Severity, Code: e.Code, Message: e.Message}
	}
	if err != nil && strings.Contains(err.Error(), "encode args") {
		return errors.New("a column is not of the type that Migrate gives it")
	}
	return err
}

// remedy says what to do about an error that has one.
func remedy(err error) string {
	switch {
	case isCode(err, noSuchTable):
		return ": the table is made by Migrate, or, with the backend's option migrate, at the start"
	case isCode(err, readOnly):
		return ": the server takes no changes: is it a replica?"
	}
	return ""
}

// contextError is the error of a call whose context has ended, whatever the statement's own error.
func contextError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return ctx.Err()
	case errors.Is(err, ctx.Err()):
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), bare(err))
}

// isAnswer reports whether err is an answer about a session, and not about the server.
func isAnswer(err error) bool {
	return errors.Is(err, session.ErrConflict) || errors.Is(err, pgx.ErrNoRows)
}

func isCode(err error, code string) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == code
}
