// From-gorilla answers: how do I come from gorilla/sessions or gin-contrib/sessions, and nobody is logged out?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/proapi-go/proapi/session"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) (err error) {
	old := sessions.NewCookieStore([]byte(os.Getenv("OLD_SESSION_KEY"))) // as it was; gin-contrib's is the same thing
	manager, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY"), MaxAge: 24 * time.Hour})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, manager.Close()) }()
	changed := time.Now() // in your program the day of the deployment, as a constant: time.Date(2026, …)
	handler, err := newHandler(manager, old, "shop", changed.AddDate(0, 0, 30))
	if err != nil {
		return err
	}
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// newHandler is the application with both. After until it can be manager.Middleware, and gorilla/sessions can go.
func newHandler(manager *session.Manager, old sessions.Store, name string, until time.Time) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /profile", profile)
	mux.HandleFunc("POST /logout", logout)
	legacy := session.Legacy{
		Cookie: name,
		Read:   func(r *http.Request) (func(*session.Session), error) { return read(old, name, r) },
		Until:  until,
	}
	if _, inCookie := old.(*sessions.CookieStore); !inCookie {
		legacy.End = func(r *http.Request) error { return end(old, name, r) }
	}
	return manager.TakeOver(legacy, mux)
}

// read has gorilla/sessions itself verify its cookie. What the values are called, and which of them says who is logged in,
// is the application's own.
func read(old sessions.Store, name string, r *http.Request) (take func(*session.Session), err error) {
	s, err := old.New(r, name)
	var forged securecookie.Error
	switch {
	case errors.As(err, &forged) && forged.IsDecode(), errors.Is(err, os.ErrNotExist):
		return nil, nil // not ours, expired, or ended
	case err != nil || s.IsNew:
		return nil, err
	}
	return func(to *session.Session) {
		for key, value := range s.Values {
			if name, ok := key.(string); ok {
				to.Set(name, value)
			}
		}
		if user, ok := s.Values["user"].(string); ok {
			to.Login(user)
		}
	}, nil
}

// end deletes the session from a store that is not the cookie.
func end(old sessions.Store, name string, r *http.Request) error {
	s, err := old.New(r, name)
	if err != nil || s.IsNew {
		return err
	}
	s.Options.MaxAge = -1
	return old.Save(r, httptest.NewRecorder(), s) // its cookie is of no interest
}

func profile(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	if s.UserID() == "" {
		http.Error(w, "Log in first", http.StatusUnauthorized)
		return
	}
	_, _ = fmt.Fprintf(w, "%s has %v in the cart\n", s.UserID(), s.Get("cart"))
}

func logout(w http.ResponseWriter, r *http.Request) {
	session.From(r.Context()).Logout()
	w.WriteHeader(http.StatusNoContent)
}
