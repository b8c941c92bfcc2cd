package sessiontest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// A Visitor is a client of an application, with a cookie jar of its own. It has no cookie until a response sets one.
//
// Do, Cookie and Copy may be called from several goroutines, as a page sends several requests at once. Everything else
// may end the test, and belongs to the test's goroutine.
type Visitor struct {
	tb       testing.TB
	sessions *session.Manager
	jar      *jar
}

// New returns a visitor who has not been there yet. The Manager is the application's: with proapi it is App.Sessions, and a
// nil one, of an App without sessions, ends the test.
func New(tb testing.TB, sessions *session.Manager) *Visitor {
	tb.Helper()
	if sessions == nil {
		tb.Fatal("sessiontest: the Manager is nil: with proapi set Options.EnableSessions")
	}
	return &Visitor{tb: tb, sessions: sessions, jar: &jar{}}
}

// Do sends a request with the visitor's cookies, and keeps those that the response sets; one that it expires is removed. A
// redirect is not followed.
//
// The handler is the whole application: an App, or what the Manager's Middleware returned. The request is one that
// package httptest makes; it is not changed, and a cookie that it has already is sent instead of the visitor's of that
// name.
func (v *Visitor) Do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	rec := v.send(h, r)
	v.jar.keep(rec.Result().Cookies())
	return rec
}

// Cookie returns the visitor's cookie of a name, with the attributes that it was set with, or nil where there is none. The
// session's is session.DefaultCookieName, unless the options say otherwise.
func (v *Visitor) Cookie(name string) *http.Cookie { return v.jar.get(name) }

// Copy returns a visitor with the same cookies, who keeps his own from then on: a second window, or a thief, who has the
// cookie as it was before a login or a logout.
func (v *Visitor) Copy() *Visitor {
	return &Visitor{tb: v.tb, sessions: v.sessions, jar: v.jar.copy()}
}

// send sends a request with the visitor's cookies.
func (v *Visitor) send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	r = r.Clone(r.Context())
	v.jar.addTo(r)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}
