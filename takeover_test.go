package proapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// legacy is another library that knows ada by her cookie.
func legacy() session.Legacy {
	return session.Legacy{
		Cookie: "old",
		Read: func(r *http.Request) (func(*session.Session), error) {
			if c, _ := r.Cookie("old"); c == nil || c.Value != "ada's" {
				return nil, nil
			}
			return func(s *session.Session) { s.Login("ada") }, nil
		},
		Until: time.Now().Add(time.Hour),
	}
}

func TestAppTakesOverOtherSessions(t *testing.T) {
	app, _ := newApp(t, withSessions(session.Options{}))
	app.Get("/", func(r *proapi.Request) (any, error) { return proapi.Map{"user": r.Session.UserID()}, nil })
	if err := app.TakeOver(legacy()); err != nil {
		t.Fatal(err)
	}
	v := sessiontest.New(t, app.Sessions())
	first := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	first.AddCookie(&http.Cookie{Name: "old", Value: "ada's"})
	for _, r := range []*http.Request{first, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)} {
		if rec := v.Do(app, r); rec.Body.String() != "{\"user\":\"ada\"}\n" {
			t.Errorf("the answer is %d %q", rec.Code, rec.Body)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("TakeOver after the first request was accepted")
		}
	}()
	_ = app.TakeOver(legacy())
}

func TestTakeOverNeedsSessionsAndAWholeLegacy(t *testing.T) {
	without, _ := newApp(t, proapi.Options{})
	if err := without.TakeOver(legacy()); !errors.Is(err, session.ErrDisabled) {
		t.Errorf("without sessions: %v", err)
	}
	app, _ := newApp(t, withSessions(session.Options{}))
	if err := app.TakeOver(session.Legacy{Cookie: "old"}); err == nil {
		t.Error("a Legacy without Read and Until was accepted")
	}
}
