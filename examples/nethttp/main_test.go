package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// newVisitor returns a way to get a page, as one visitor.
func newVisitor(t *testing.T) (v *sessiontest.Visitor, get func(target string) *httptest.ResponseRecorder) {
	t.Helper()
	sessions, err := session.New(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sessions.Close() })
	v, h := sessiontest.New(t, sessions), newHandler(sessions)
	return v, func(target string) *httptest.ResponseRecorder {
		return v.Do(h, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody))
	}
}

func TestVisitsAreCounted(t *testing.T) {
	_, get := newVisitor(t)
	if got := get("/").Body.String() + get("/").Body.String(); got != "visit 1\nvisit 2\n" {
		t.Errorf("got %q", got)
	}
}

func TestAccountNeedsAUser(t *testing.T) {
	v, get := newVisitor(t)
	if rec := get("/account"); rec.Code != http.StatusFound || rec.Header().Get("Location") != "/" {
		t.Errorf("a stranger is answered %d %q", rec.Code, rec.Body)
	}
	v.Login("anna")
	if rec := get("/account"); rec.Body.String() != "account of anna\n" {
		t.Errorf("the user is answered %d %q", rec.Code, rec.Body)
	}
}
