package session

import (
	"net/http"
	"time"
)

// setCookie tells the client which session it has, where it does not know yet.
func (s *Session) setCookie(h http.Header) {
	stored := s.rec.Version > 0
	switch {
	case s.stale:
		// a late request: the client has a newer cookie, or none
	case s.phase == unloaded && s.hasToken:
		// nobody looked at the session
	case s.hasToken && s.id == s.token.id:
		if s.wrote && (s.resend || s.outlives()) {
			s.sendToken(h)
		}
	case stored:
		s.sendToken(h)
	case s.leaving, s.m.options.CookieOn == FirstWrite:
		if s.presents && s.cleared {
			s.m.cookie.expire(h, &s.headers)
		}
	default:
		s.sendToken(h)
	}
}

// lifeFrom returns the time from which MaxAge counts.
func (s *Session) lifeFrom() time.Time {
	switch {
	case s.rec.Version == 0:
		return s.m.clock.now()
	case s.m.options.Rolling:
		return s.rec.Seen
	}
	return s.rec.Created
}

// outlives reports whether the session lasts longer than the client's token: it began after the token was issued, or
// rolls. Tokens count whole seconds, and one that rolls is issued anew as often as the last use is stored.
func (s *Session) outlives() bool {
	slack := time.Second
	if s.m.options.Rolling {
		slack = max(slack, s.m.options.SeenInterval)
	}
	return s.lifeFrom().Sub(s.token.issued) > slack
}

// sendToken sets the cookie for as long as the session can last. An idle timeout does not shorten it: that is the
// server's to watch.
func (s *Session) sendToken(h http.Header) {
	now := s.m.clock.now()
	age := min(s.m.options.MaxAge, s.m.options.MaxAge-now.Sub(s.lifeFrom()))
	s.m.cookie.set(h, &s.headers, s.m.keys.tokenText(s.needID(), now), age)
}

// vary marks a response that depends on the session.
func (s *Session) vary(h http.Header) {
	if s.used {
		varyByCookie(h, &s.headers)
	}
}
