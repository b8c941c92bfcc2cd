package session

import (
	"net/http"
	"strings"
	"time"
)

// setCookie tells the client which session it has, where it does not know yet, and reports whether it did.
func (s *Session) setCookie(h http.Header) bool {
	stored, noted := s.was.version > 0, s.marked()
	switch {
	case s.stale:
		// a late request: the client has a newer cookie, or none
	case s.phase == unloaded && s.hasToken:
		// nobody looked at the session
	case s.hasToken && s.sent:
		return noted.wrote && (s.resend || s.outlives()) && s.sendToken(h)
	case stored:
		return s.sendToken(h)
	case noted.leaving, s.m.options.CookieOn == FirstWrite:
		return s.presents && noted.cleared && s.expireToken(h)
	default:
		return s.sendToken(h)
	}
	return false
}

// lifeFrom returns the time from which MaxAge counts: now, where nothing is stored, or what was stored just now begins it
// anew.
func (s *Session) lifeFrom(now moment) moment {
	if s.was.version == 0 || s.m.options.Rolling {
		return now
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
	return s.lifeFrom(s.work.commit.began).since(s.issuedAt()) > slack
}

// forget makes the browser forget cookies that the application does not use any more, and at a logout what else the
// options say. It reports whether it set a cookie.
func (s *Session) forget(h http.Header, status int) (told bool) {
	return (s.marked().leaving || len(s.m.former) > 0) && s.forgetAll(h, status)
}

// forgetAll is forget where there may be something.
func (s *Session) forgetAll(h http.Header, status int) (told bool) {
	o := &s.m.options
	if s.marked().leaving && status < 500 && len(o.ClearSiteData) > 0 {
		h.Set("Clear-Site-Data", `"`+strings.Join(o.ClearSiteData, `", "`)+`"`)
	}
	for i := range s.m.former {
		if old := &s.m.former[i]; s.http != nil && old.isSent(s.http) {
			old.set(h, nil, 0)
			told = true
		}
	}
	return told
}

// sendToken sets the cookie for as long as the session can last. An idle timeout does not shorten it: that is the
// server's to watch.
func (s *Session) sendToken(h http.Header) bool {
	var now moment
	if s.marked().wrote {
		now = s.work.commit.began
	} else {
		now = s.m.clock.now()
	}
	age := min(s.m.options.MaxAge, s.m.options.MaxAge-now.since(s.lifeFrom(now)))
	text := s.m.keys.sign(s.needID(), now)
	if s.transport == byHeader {
		h[s.m.options.answerHeader()] = []string{string(text[:])}
		forbidStoring(h, new([1]string)[:])
		return true
	}
	s.m.cookie.set(h, text[:], age)
	return true
}

// expireToken makes the browser forget the cookie.
func (s *Session) expireToken(h http.Header) bool {
	if s.transport == byHeader {
		return false
	}
	s.m.cookie.set(h, nil, 0)
	return true
}

// varies marks a response that depends on the session: it is another for who has another cookie, or has the token in a
// header. A user's is for nobody to keep, unless the handler says otherwise (OWASP ASVS 5.0, 14.3.2).
func (s *Session) varies(h http.Header) {
	o := &s.m.options
	if s.transport == byCookie {
		varyBy(h, "Cookie")
	}
	if o.TokenHeader != "" {
		varyBy(h, o.TokenHeader)
	}
	if s.user != "" && len(h["Cache-Control"]) == 0 {
		h["Cache-Control"] = noStore
	}
}

// noStore is shared: it has no room to append to.
var noStore = []string{"no-store"}
