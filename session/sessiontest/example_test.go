package sessiontest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// exampleT stands for the *testing.T that a test has and an example has not.
type exampleT struct{ testing.TB }

func (exampleT) Helper()                  {}
func (exampleT) Context() context.Context { return context.Background() }

// shop is an application that remembers a cart.
func shop() *proapi.App {
	app, err := proapi.New(proapi.Options{
		EnableSessions: true,
		Session:        session.Options{SecretKey: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
	})
	if err != nil {
		panic(err)
	}
	app.Post("/tea", func(r *proapi.Request) (any, error) {
		err := session.Modify(r.Session, "cart", func(n int) int { return n + 1 })
		return proapi.Map{"user": r.Session.UserID(), "cart": r.Session.Get("cart")}, err
	})
	app.Post("/logout", func(r *proapi.Request) (any, error) {
		r.Session.Logout()
		return proapi.Map{"message": "Logout successful"}, nil
	})
	return app
}

func Example() {
	app, t := shop(), exampleT{} // in a test, t is its *testing.T

	v := sessiontest.New(t, app.Sessions())
	v.Login("anna")
	v.Set(map[string]any{"cart": 2})

	rec := v.Do(app, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tea", http.NoBody))
	_, _ = fmt.Fprint(os.Stdout, rec.Code, " ", rec.Body)
	_, _ = fmt.Fprintln(os.Stdout, v.Values())
	// Output:
	// 200 {"cart":3,"user":"anna"}
	// map[cart:3]
}

// Logged out is logged out for whoever has kept the cookie, too.
func ExampleVisitor_Copy() {
	app, t := shop(), exampleT{}
	v := sessiontest.New(t, app.Sessions())
	v.Login("anna")
	thief := v.Copy()

	v.Do(app, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/logout", http.NoBody))
	_, _ = fmt.Fprintf(os.Stdout, "visitor %q, has a cookie: %t\n", v.UserID(), v.Cookie(session.DefaultCookieName) != nil)
	_, _ = fmt.Fprintf(os.Stdout, "thief %q, has a cookie: %t\n", thief.UserID(), thief.Cookie(session.DefaultCookieName) != nil)
	// Output:
	// visitor "", has a cookie: false
	// thief "", has a cookie: true
}

func ExampleVisitor_Use() {
	app, t := shop(), exampleT{}
	v := sessiontest.New(t, app.Sessions())
	v.Use(func(s *session.Session) { s.AddFlash("Saved.") })
	v.Use(func(s *session.Session) { _, _ = fmt.Fprintln(os.Stdout, s.Flashes()) })
	// Output:
	// [Saved.]
}
