// Gorilla-mux answers: how do I use sessions with gorilla/mux and gorilla/handlers, instead of gorilla/sessions?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/handlers"
	"github.com/gorilla/mux"

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
	handler := newHandler(sessions, newRouter(ticker.C))
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// newHandler puts the sessions around the router and not into Router.Use, which leaves the pages for 404 and 405 out; and
// the recovery around the sessions: a panic passes them, and they store nothing.
func newHandler(sessions *session.Manager, r *mux.Router) http.Handler {
	return handlers.RecoveryHandler()(handlers.CombinedLoggingHandler(os.Stderr, sessions.Middleware(r)))
}

func newRouter(ticks <-chan time.Time) *mux.Router {
	r := mux.NewRouter()
	r.HandleFunc("/login", login).Methods(http.MethodPost)
	account := session.RequireUser(nil) // 401; or a handler of yours, such as a redirect to the login
	r.Handle("/profile", account(http.HandlerFunc(profile))).Methods(http.MethodGet)
	r.Handle("/logout", account(http.HandlerFunc(logout))).Methods(http.MethodPost)
	r.Handle("/clock", account(clock(ticks))).Methods(http.MethodGet)
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

// profile has nothing to save: what it changes is stored before the first byte of the answer leaves.
func profile(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	_ = session.Modify(s, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
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
