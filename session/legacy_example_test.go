package session_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/proapi-go/proapi/session"
)

// Users of another library, here one that keeps them in a map, stay logged in. For scs and gorilla/sessions see
// examples/from-scs and examples/from-gorilla.
func ExampleManager_TakeOver() {
	loggedIn := map[string]string{"an old token": "ada"}
	old := func(r *http.Request) string {
		c, err := r.Cookie("old")
		if errors.Is(err, http.ErrNoCookie) {
			return ""
		}
		return c.Value
	}
	sessions, err := session.New(session.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	defer func() { _ = sessions.Close() }()
	handler, err := sessions.TakeOver(session.Legacy{
		Cookie: "old",
		Read: func(r *http.Request) (func(*session.Session), error) {
			user := loggedIn[old(r)]
			if user == "" {
				return nil, nil
			}
			return func(s *session.Session) { s.Login(user) }, nil
		},
		End:   func(r *http.Request) error { delete(loggedIn, old(r)); return nil },
		Until: time.Now().Add(24 * time.Hour),
	}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(os.Stdout, "user %q\n", session.From(r.Context()).UserID())
	}))
	if err != nil {
		panic(err)
	}

	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	r.AddCookie(&http.Cookie{Name: "old", Value: "an old token"})
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, r)
	_, _ = fmt.Fprintf(os.Stdout, "a cookie of ours: %t; left in the old library: %d\n", len(rec.Result().Cookies()) == 1, len(loggedIn))
	// Output:
	// user "ada"
	// a cookie of ours: true; left in the old library: 0
}
