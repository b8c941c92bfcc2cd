package session

import (
	"context"
	"errors"
	"log/slog"

	"github.com/proapi-go/proapi/session/internal/quota"
)

// An observer is the one place that logs and counts. It knows what may be logged: names of keys, reasons, times, and for
// a session its handle, which names it in lists, too, and is good for nothing else. Never a token, an ID, a store's key,
// a user or a value.
type observer struct {
	log  *slog.Logger
	hook func(context.Context, Event) // nil where the application has none

	_ [64]byte // every request reads what stands above; what follows is written
	counters
	warnings quota.Lines // of what strangers can cause
}

func newObserver(log *slog.Logger, hook func(context.Context, Event)) *observer {
	return &observer{log: log, hook: hook}
}

// handle returns the attribute that stands for a session in the log.
func handle(key Key) slog.Attr { return slog.String("session", Handle(key)) }

// reject records a cookie that is no token. The reason is one of a few fixed words.
func (o *observer) reject(ctx context.Context, reason error) {
	o.counters.reject(reason)
	switch {
	case errors.Is(reason, errTokenTwo): // somebody planted a second cookie (a sibling host can)
		o.eventAt(ctx, slog.LevelWarn, EventRejected, Key{}, "", reason.Error())
	case errors.Is(reason, errTokenExpired):
		o.event(ctx, EventExpired, Key{}, "", "token")
	default:
		o.event(ctx, EventRejected, Key{}, "", reason.Error())
	}
}

// unproven records a request whose cookie is good, and which did not prove to come from the session's device. The reason is
// one of a few fixed words.
func (o *observer) unproven(ctx context.Context, key Key, user, reason string) {
	o.counters.unproven.Add(1)
	o.eventAt(ctx, slog.LevelInfo, EventRejected, key, user, reason)
}

// conflict records a save that another request came before.
func (o *observer) conflict() { o.conflicts.Add(1) }

// replay records that changes are made again on what is stored by now.
func (o *observer) replay() { o.replays.Add(1) }

// lost records a request whose session ended under it.
func (o *observer) lost(ctx context.Context, key Key) {
	o.ended.Add(1)
	o.log.LogAttrs(ctx, slog.LevelInfo, "session: ended before the request could store its changes", handle(key))
}

// down records a store that could not answer, unless nobody waits for its answer any more.
func (o *observer) down(ctx context.Context, what string, key Key, err error) {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return
	}
	o.unavailable.Add(1)
	o.log.LogAttrs(ctx, slog.LevelError, "session: store unavailable", slog.String("operation", what),
		slog.Any("error", err), handle(key))
}

// failed records a request that fails for what its handler did with the session.
func (o *observer) failed(ctx context.Context, err error) {
	o.log.LogAttrs(ctx, slog.LevelError, "session: request fails", slog.Any("error", err))
}

// late records a change that came after the first byte of the response.
func (o *observer) late(ctx context.Context, key string) {
	o.log.LogAttrs(ctx, slog.LevelError, "session: changed after the response began", slog.String("key", key))
}

// undecodable records a stored value that Get cannot decode.
func (o *observer) undecodable(ctx context.Context, key string, err error) {
	o.log.LogAttrs(ctx, slog.LevelWarn, "session: value cannot be decoded", slog.String("key", key), slog.Any("error", err))
}

// broken records a record whose values are no values, or whose times cannot be.
func (o *observer) broken(ctx context.Context, key Key, what string) {
	o.event(ctx, EventBroken, key, "", what)
}
