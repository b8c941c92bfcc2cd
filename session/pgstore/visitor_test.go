package pgstore_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proapi-go/proapi/session"
)

const secret = "a-secret-of-thirty-two-bytes-or-more"

func newManager(tb testing.TB, s session.Store) *session.Manager {
	tb.Helper()
	m, err := session.New(session.Options{SecretKey: secret, Store: s, Logger: discard(nil)})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// A visitor is a client with a cookie jar for one cookie.
type visitor struct {
	m     *session.Manager
	token string
}

// with returns a visitor with the same cookie, at another process's manager.
func (v *visitor) with(m *session.Manager) *visitor { return &visitor{m: m, token: v.token} }

// use makes a request whose handler does f, and returns the status.
func (v *visitor) use(tb testing.TB, f func(s *session.Session)) int {
	tb.Helper()
	h := v.m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r.Context())) }))
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/", nil)
	if v.token != "" {
		r.AddCookie(&http.Cookie{Name: "session", Value: v.token})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "session" {
			v.token = c.Value
		}
	}
	return w.Code
}
