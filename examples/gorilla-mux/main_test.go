package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/frameworktest"
	"github.com/proapi-go/proapi/session"
)

func TestSessionsKeepTheirPromisesInGorillaMux(t *testing.T) {
	frameworktest.Run(t, frameworktest.Application{
		Start: func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) string {
			r := newRouter(ticks)
			r.HandleFunc("/panic", func(_ http.ResponseWriter, r *http.Request) {
				session.From(r.Context()).Set("panicked", true)
				panic("a handler that panics")
			})
			r.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) {
				session.From(r.Context()).Set("broken", true)
				http.Error(w, "broken", http.StatusInternalServerError)
			})
			r.HandleFunc("/teapot", func(w http.ResponseWriter, r *http.Request) {
				session.From(r.Context()).Set("teapot", true)
				http.Error(w, "teapot", http.StatusTeapot)
			})
			r.HandleFunc("/upgrade", frameworktest.Upgrade)
			return frameworktest.Serve(t, newHandler(sessions, r))
		},
	})
}
