package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v5"

	"github.com/proapi-go/proapi/internal/frameworktest"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

func TestSessionsKeepTheirPromisesInEcho(t *testing.T) {
	frameworktest.Run(t, frameworktest.Application{
		Start: func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) string {
			e := newEcho(ticks)
			e.GET("/panic", func(c *echo.Context) error {
				current(c).Set("panicked", true)
				panic("a handler that panics")
			})
			e.GET("/broken", func(c *echo.Context) error {
				current(c).Set("broken", true)
				return errors.New("broken") // Echo's error handler makes it a 500
			})
			e.GET("/teapot", func(c *echo.Context) error {
				current(c).Set("teapot", true)
				return echo.NewHTTPError(http.StatusTeapot, "teapot")
			})
			e.GET("/upgrade", echo.WrapHandler(http.HandlerFunc(frameworktest.Upgrade)))
			return frameworktest.Serve(t, sessions.Middleware(e))
		},
	})
}

// TestErrorHandlersStatusDecides has an error handler of the application's own, which makes a refusal of one error and a
// failure of another: what was changed is stored with the former and not with the latter.
func TestErrorHandlersStatusDecides(t *testing.T) {
	errRefused := errors.New("refused")
	for _, test := range []struct {
		err    error
		stored any
	}{{errRefused, 1}, {errors.New("failed"), nil}} {
		sessions, err := session.New(session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		e := echo.New()
		e.HTTPErrorHandler = func(c *echo.Context, err error) {
			if errors.Is(err, errRefused) {
				_ = c.String(http.StatusConflict, "refused")
				return
			}
			_ = c.String(http.StatusInternalServerError, "failed")
		}
		e.GET("/", func(c *echo.Context) error {
			current(c).Set("tries", 1)
			return test.err
		})
		v := sessiontest.New(t, sessions)
		v.Do(sessions.Middleware(e), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		if got := v.Values()["tries"]; got != test.stored {
			t.Errorf("%v: tries is stored as %v, want %v", test.err, got, test.stored)
		}
		_ = sessions.Close()
	}
}
