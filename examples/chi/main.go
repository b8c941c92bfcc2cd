// Chi answers: how do I use sessions with chi and its middleware, also in a response that streams?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/proapi-go/proapi/session"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) (err error) {
	sessions, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	server := &http.Server{Addr: addr, Handler: newRouter(sessions, ticker.C), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// newRouter puts the sessions last, next to the handlers: what stands before them (a log, a compressor) sees the response
// that the session's end has decided on, an error page included.
func newRouter(sessions *session.Manager, ticks <-chan time.Time) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Logger, middleware.Recoverer, middleware.Compress(5, "text/plain", "text/event-stream"))
	r.Use(sessions.Middleware)
	r.Post("/login", login)
	r.Group(func(r chi.Router) {
		r.Use(session.RequireUser(nil)) // 401; or a handler of yours, such as a redirect to the login
		r.Get("/profile", profile)
		r.Post("/logout", logout)
		r.Get("/clock", clock(ticks))
	})
	return r
}

func login(w http.ResponseWriter, r *http.Request) {
	user := r.FormValue("user")
	if user != "ada" || r.FormValue("password") != "enchantress" { // look it up, and compare a hash
		http.Error(w, "Invalid credentials", http.StatusUnauthorized)
		return
	}
	session.From(r.Context()).Login(user) // a new ID; the values are kept
	w.WriteHeader(http.StatusNoContent)
}

func profile(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	_ = session.Modify(s, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
	w.Header().Set("Content-Type", "text/plain")
	_, _ = fmt.Fprintf(w, "%s, visit %v\n", s.UserID(), s.Get("visits"))
}

func logout(w http.ResponseWriter, r *http.Request) {
	session.From(r.Context()).Logout()
	w.WriteHeader(http.StatusNoContent)
}

// clock sends an event a tick (server-sent events). What it changes in the session it changes before the first byte: from
// then on, the session is read-only. The stream ends with the session, wherever that is ended.
func clock(ticks <-chan time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		_ = session.Modify(s, "clocks", func(n int) int { return n + 1 })
		w.Header().Set("Content-Type", "text/event-stream")
		stream := http.NewResponseController(w)
		for {
			select {
			case <-r.Context().Done():
				return
			case <-s.Done():
				return
			case now := <-ticks:
				_, _ = fmt.Fprintf(w, "data: %s, clock %v\n\n", now.Format(time.TimeOnly), s.Get("clocks"))
				if stream.Flush() != nil {
					return
				}
			}
		}
	}
}
