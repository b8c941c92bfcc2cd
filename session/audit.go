package session

import (
	"context"
	"log/slog"
)

// An Event is something in the life of a session that is worth a line in an audit log (OWASP ASVS 5.0, 16.3). It holds no
// token, ID or value.
type Event struct {
	Name    string // one of the names below
	Session string // the session's handle (see [Device]); "" where there is none
	User    string // whose session it is, "" where it is nobody's
	Reason  string // more about it, in a few fixed words
}

// The names of events, in the vocabulary of OWASP's logging cheat sheet where that has a word.
const (
	EventCreated  = "session_created"  // something was stored for a visitor for the first time
	EventRenewed  = "session_renewed"  // the session got a new ID
	EventLogin    = "session_login"    // a user logged in
	EventLogout   = "session_logout"   // the visitor's request ended the session
	EventRevoked  = "session_revoked"  // somebody else's did
	EventExpired  = "session_expired"  // a request came with a session whose lifetime has passed, or which was ended a while ago
	EventRejected = "session_rejected" // a request came with a cookie that is no token, or without what else it needs
	EventBroken   = "session_broken"   // a stored record cannot be used, and was left where it is
	EventBound    = "session_bound"    // the device on which the user logged in registered its key
	EventExcess   = "session_excess"   // a user has more sessions than he may have
)

// levels are those at which events are logged; what is not listed is logged at debug level.
var levels = map[string]slog.Level{
	EventLogin: slog.LevelInfo, EventLogout: slog.LevelInfo, EventRevoked: slog.LevelInfo, EventExcess: slog.LevelInfo,
	EventBound:  slog.LevelInfo,
	EventBroken: slog.LevelWarn,
}

// event hands an event to the application's hook, and to the log all but the user, who may be named by an address. A zero
// key is no session's.
func (o *observer) event(ctx context.Context, name string, key Key, user, reason string) {
	level, ok := levels[name]
	if !ok {
		level = slog.LevelDebug
	}
	o.eventAt(ctx, level, name, key, user, reason)
}

func (o *observer) eventAt(ctx context.Context, level slog.Level, name string, key Key, user, reason string) {
	o.counters.event(name)
	if level == slog.LevelWarn && !o.warnings.Allow() {
		level = slog.LevelDebug
	}
	logged := o.log.Enabled(ctx, level)
	if !logged && o.hook == nil {
		return
	}
	e := Event{Name: name, User: user, Reason: reason}
	if key != (Key{}) {
		e.Session = Handle(key)
	}
	if o.hook != nil {
		o.hook(ctx, e)
	}
	if logged {
		o.log.LogAttrs(ctx, level, "session: event", e.attrs()...)
	}
}

func (e *Event) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("event", e.Name)}
	if e.Session != "" {
		attrs = append(attrs, slog.String("session", e.Session))
	}
	if e.Reason != "" {
		attrs = append(attrs, slog.String("reason", e.Reason))
	}
	return attrs
}
