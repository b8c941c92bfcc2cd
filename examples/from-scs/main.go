// From-scs answers: how do I come from alexedwards/scs, and nobody is logged out?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/proapi-go/proapi/session"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) (err error) {
	old := scs.New() // as it was, with its store, its lifetime and its cookie's name
	sessions, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY"), MaxAge: 24 * time.Hour})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	changed := time.Now() // in your program the day of the deployment, as a constant: time.Date(2026, …)
	handler, err := newHandler(sessions, old, changed.Add(old.Lifetime))
	if err != nil {
		return err
	}
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// newHandler stands where old.LoadAndSave stood. After until it can be sessions.Middleware, and scs can go.
func newHandler(sessions *session.Manager, old *scs.SessionManager, until time.Time) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /profile", profile)
	mux.HandleFunc("POST /logout", logout)
	return sessions.TakeOver(session.Legacy{
		Cookie: old.Cookie.Name, Path: old.Cookie.Path, Domain: old.Cookie.Domain,
		Read:  func(r *http.Request) (func(*session.Session), error) { return read(old, r) },
		End:   func(r *http.Request) error { return end(old, r) },
		Until: until,
	}, mux)
}

// read has scs itself look its session up. What the values are called, and which of them says who is logged in, is the
// application's own.
func read(old *scs.SessionManager, r *http.Request) (take func(*session.Session), err error) {
	c, err := r.Cookie(old.Cookie.Name)
	if err != nil {
		return nil, nil //nolint:nilerr // there is no such cookie
	}
	ctx, err := old.Load(r.Context(), c.Value)
	if err != nil || len(old.Keys(ctx)) == 0 {
		return nil, err
	}
	return func(s *session.Session) {
		for _, key := range old.Keys(ctx) {
			s.Set(key, old.Get(ctx, key))
		}
		if user := old.GetString(ctx, "user"); user != "" {
			s.Login(user)
		}
	}, nil
}

// end deletes the session from scs's store.
func end(old *scs.SessionManager, r *http.Request) error {
	c, err := r.Cookie(old.Cookie.Name)
	if err != nil {
		return nil //nolint:nilerr // there is no such cookie
	}
	ctx, err := old.Load(r.Context(), c.Value)
	if err != nil {
		return err
	}
	return old.Destroy(ctx)
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
