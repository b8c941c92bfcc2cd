package main

import (
	"bufio"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/frameworktest"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

func TestSessionsKeepTheirPromisesInChi(t *testing.T) {
	frameworktest.Run(t, frameworktest.Application{
		Start: func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) string {
			r := newRouter(sessions, ticks)
			r.Get("/panic", func(_ http.ResponseWriter, r *http.Request) {
				session.From(r.Context()).Set("panicked", true)
				panic("a handler that panics")
			})
			r.Get("/broken", func(w http.ResponseWriter, r *http.Request) {
				session.From(r.Context()).Set("broken", true)
				http.Error(w, "broken", http.StatusInternalServerError)
			})
			r.Get("/teapot", func(w http.ResponseWriter, r *http.Request) {
				session.From(r.Context()).Set("teapot", true)
				http.Error(w, "teapot", http.StatusTeapot)
			})
			r.Get("/upgrade", frameworktest.Upgrade)
			return frameworktest.Serve(t, r)
		},
	})
}

// TestEventsAreCompressedOneByOne has chi's compressor between the handler and the client.
func TestEventsAreCompressedOneByOne(t *testing.T) {
	sessions, err := session.New(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	v := sessiontest.New(t, sessions)
	v.Login("ada")
	ticks := make(chan time.Time, 1)
	server := httptest.NewServer(newRouter(sessions, ticks))
	defer server.Close()

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/clock", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(v.Cookie(session.DefaultCookieName))
	r.Header.Set("Accept-Encoding", "gzip")
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	ticks <- noon
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // ends the handler
	plain, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	events := bufio.NewScanner(plain)
	for _, want := range []string{"data: 12:00:00, clock 1", "data: 12:00:01, clock 1"} {
		if !events.Scan() || events.Text() != want {
			t.Fatalf("the event is %q, %v, want %q", events.Text(), events.Err(), want)
		}
		events.Scan() // the empty line
		if want == "data: 12:00:00, clock 1" {
			ticks <- noon.Add(time.Second) // when the first has come: it was not held back
		}
	}
}
