// Nethttp answers: how do I use sessions with net/http alone, or with a router that is built on it?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

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
	server := &http.Server{Addr: addr, Handler: newHandler(sessions), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// newHandler puts the middleware around everything: each request of the mux has its session.
func newHandler(sessions *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", visit)
	account := session.RequireUser(http.RedirectHandler("/", http.StatusFound))
	mux.Handle("GET /account", account(http.HandlerFunc(showAccount)))
	return sessions.Middleware(mux)
}

// visit counts. Nothing has to be saved: what is changed is stored before the first byte of the answer leaves.
func visit(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	_ = session.Modify(s, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
	_, _ = fmt.Fprintln(w, "visit", s.Get("visits"))
}

func showAccount(w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprintln(w, "account of", session.From(r.Context()).UserID())
}
