package session

import (
	"net/http"
	"time"
)

// setCookie tells the client which session it has, where it does not know yet, and reports whether it did.
func (s *Session) setCookie(h http.Header) bool {
	stored := s.was.version > 0
	switch {
	case s.stale:
		// a late request: the client has a newer cookie, or none
	case s.phase == unloaded && s.hasToken:
		// nobody looked at the session
	case s.hasToken && s.sent:
		return s.wrote && (s.resend || s.outlives()) && s.sendToken(h)
	case stored:
		return s.sendToken(h)
	case s.leaving, s.m.options.CookieOn == FirstWrite:
		return s.presents && s.cleared && s.expireToken(h)
	default:
		return s.sendToken(h)
	}
	return false
}

// lifeFrom returns the time from which MaxAge counts.
func (s *Session) lifeFrom() moment {
	switch {
	case s.was.version == 0:
		return s.m.clock.now()
	case s.m.options.Rolling:
		return s.was.seen
	}
	return s.was.created
}

// outlives reports whether the session lasts longer than the client's token: it began after the token was issued, or
// rolls. Tokens count whole seconds, and one that rolls is issued anew as often as the last use is stored.
func (s *Session) outlives() bool {
	slack := time.Second
	if s.m.options.Rolling {
		slack = max(slack, s.m.options.SeenInterval)
	}
	return s.lifeFrom().since(at(time.Unix(s.issued, 0))) > slack
}

// sendToken sets the cookie for as long as the session can last. An idle timeout does not shorten it: that is the
// server's to watch.
func (s *Session) sendToken(h http.Header) bool {
	now := s.m.clock.now()
	age := min(s.m.options.MaxAge, s.m.options.MaxAge-now.since(s.lifeFrom()))
	s.m.cookie.set(h, &s.working().header, s.m.keys.newToken(s.needID(), now), age)
	return true
}

// expireToken makes the browser forget the cookie.
func (s *Session) expireToken(h http.Header) bool {
	s.m.cookie.set(h, &s.working().header, "", 0)
	return true
}
