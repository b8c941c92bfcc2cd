package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/proapi-go/proapi/internal/frameworktest"
	"github.com/proapi-go/proapi/session"
)

func TestSessionsKeepTheirPromisesInHuma(t *testing.T) {
	frameworktest.Run(t, frameworktest.Application{
		Start: func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) string {
			mux := http.NewServeMux()
			api := newAPI(mux, ticks)
			fails := func(path, key string, fail func() error) {
				huma.Get(api, path, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
					session.From(ctx).Set(key, true)
					return nil, fail()
				})
			}
			fails("/panic", "panicked", func() error { panic("an operation that panics") })
			fails("/broken", "broken", func() error { return errors.New("broken") }) // Huma makes it a 500
			fails("/teapot", "teapot", func() error { return huma.NewError(http.StatusTeapot, "teapot") })
			mux.HandleFunc("GET /upgrade", frameworktest.Upgrade) // Huma has none: it is the router's
			return frameworktest.Serve(t, sessions.Middleware(mux))
		},
		JSON:      true,
		NoRecover: true,
	})
}

func TestDescriptionTellsOfTheCookie(t *testing.T) {
	mux := http.NewServeMux()
	newAPI(mux, nil)
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", http.NoBody))
	for _, want := range []string{`"securitySchemes":{"session":{`, `"in":"cookie"`, `"security":[{"session":[]}]`} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the description does not say %s:\n%s", want, rec.Body)
		}
	}
}
