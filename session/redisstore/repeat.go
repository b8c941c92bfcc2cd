package redisstore

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

// A repeat says whether a call may be made again after an error.
//
// The client is not left to do so. It would not know what may be done twice, and gives a command that it has sent again
// back to be built anew while a connection that was lost may still hold on to it; hence the Pin of commands that it
// repeats of its own accord.
type repeat func(error) bool

// once is for what must not be done twice: it may be sent again only where the server says that it has not done it. A save
// that was done would find its own version at the second time, and take it for another's.
func once(err error) bool {
	e, ok := errors.AsType[*rueidis.RedisError](err)
	if !ok || e.IsNil() {
		return false
	}
	_, moved := e.IsMoved() // which the client follows by itself, unless it has to keep to one connection
	_, asked := e.IsAsk()
	return moved || asked || e.IsTryAgain() || e.IsClusterDown() || e.IsLoading()
}

// repeatable is for what may be done twice: it may be sent again where a connection was lost as well.
func repeatable(err error) bool {
	if _, ok := errors.AsType[*rueidis.RedisError](err); ok {
		return once(err)
	}
	for _, final := range []error{context.DeadlineExceeded, context.Canceled, fs.ErrClosed, errFewer, session.ErrNotFound, session.ErrConflict} {
		if errors.Is(err, final) {
			return false
		}
	}
	return true
}

// tries is how often a call is made where connections are lost: for a server that comes back at once, and not until its
// time is over, for one that is gone.
const tries = 5

// try calls f, and again after a pause where its error says that it may be.
func try(ctx context.Context, again repeat, f func() error) error {
	pause := 5 * time.Millisecond
	for n := 1; ; n++ {
		err := f()
		if err == nil || !again(err) || n >= tries && !once(err) || !wait(ctx, pause) {
			return err
		}
		pause = min(3*pause, 150*time.Millisecond)
	}
}

// wait waits, and reports whether there is time left.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
