package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

var (
	errClosed = fmt.Errorf("the store is closed: %w", fs.ErrClosed)
	errBroken = &session.BrokenError{Reason: "under the session's key there is something that no session is"}
	errFewer  = errors.New("stored, but fewer replicas than WaitReplicas say that they have it")
)

// wrap says what was being done. The answers of the contract stay as they are.
func wrap(doing string, err error) error {
	if err == nil || isAnswer(err) {
		return err
	}
	if says(err, "OOM ") {
		return fmt.Errorf("redisstore: %s: %w: %w", doing, session.ErrFull, err)
	}
	return fmt.Errorf("redisstore: %s: %w%s", doing, err, remedy(err))
}

// isAnswer reports whether err is an answer about a session, and not about the server.
func isAnswer(err error) bool {
	return errors.Is(err, session.ErrNotFound) || errors.Is(err, session.ErrConflict)
}

// remedy says what to do about an error that has one.
func remedy(err error) string {
	switch {
	case says(err, "READONLY "):
		return ": the server takes no changes: is it a replica?"
	case says(err, "NOPERM "):
		return ": the package's documentation lists what the user has to be allowed"
	case says(err, "NOREPLICAS "):
		return ": the server's min-replicas-to-write is not met"
	}
	return ""
}

// says reports whether err is the server's and has the code, which in the error of a script may stand in the middle.
func says(err error, code string) bool {
	e, ok := errors.AsType[*rueidis.RedisError](err)
	return ok && !e.IsNil() && strings.Contains(e.Error(), code)
}

// timely is the error of a call as its context tells it: the client has errors of its own for a deadline that has passed.
func timely(ctx context.Context, err error) error {
	switch {
	case err == nil || isAnswer(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}
