// Package frameworktest tests that sessions keep their promises in an application, whatever framework it is written with.
//
// The application is one of examples/: it has the pages that they all have, and a few more that the test adds, which fail
// in the framework's own way.
//
//	POST /login     takes user and password, in a form or as JSON, knows "ada" and "enchantress", and answers others 401
//	GET  /profile   greets the user, "ada, visit 1", and answers 401 to nobody
//	POST /logout    ends the session
//	GET  /clock     sends an event a tick, "data: 12:00:00, clock 1", as long as the client listens
//
//	GET  /panic     sets "panicked" and panics
//	GET  /broken    sets "broken" and answers 500 with an error of the framework's
//	GET  /teapot    sets "teapot" and answers 418 with an error of the framework's
//	GET  /upgrade   sets "upgraded", takes the connection over and answers 101, and then a line with the user
package frameworktest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/storetest"
)

// An Application says how to start one, and what its framework lacks.
type Application struct {
	// Start serves the application until the test ends, and returns its URL. Ticks are the clock's.
	Start func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) (url string)

	// JSON says that the login takes an object of JSON and not a form.
	JSON bool

	// NoRecover says that a panic ends the connection without an answer, as with net/http alone.
	NoRecover bool
}

// Run tests the application.
func Run(t *testing.T, app Application) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) { s.tell(newSite(t, app)) })
	}
}

// Serve serves a handler over a real connection until the test ends, and returns its URL.
func Serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // panics are part of the test
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// A site is an application that is running, and what it keeps its sessions in.
type site struct {
	t        *testing.T
	app      Application
	url      string
	store    *storetest.Faulty
	sessions *session.Manager
	ticks    chan time.Time
	ticking  sync.WaitGroup
}

func newSite(t *testing.T, app Application) *site {
	t.Helper()
	memory, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, app: app, store: storetest.NewFaulty(memory), ticks: make(chan time.Time)}
	s.sessions, err = session.New(session.Options{Store: s.store, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.sessions.Close(); err != nil {
			t.Error(err)
		}
		if err := memory.Close(); err != nil {
			t.Error(err)
		}
	})
	s.url = app.Start(t, s.sessions, s.ticks)
	t.Cleanup(func() { // before the server stops: a stream notices that its client has gone when it sends
		s.ticking.Wait()
		close(s.ticks)
	})
	return s
}
