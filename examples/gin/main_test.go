package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/proapi-go/proapi/internal/frameworktest"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

func TestSessionsKeepTheirPromisesInGin(t *testing.T) {
	frameworktest.Run(t, frameworktest.Application{
		Start: func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) string {
			engine := newEngine(ticks)
			engine.GET("/panic", func(c *gin.Context) {
				current(c).Set("panicked", true)
				panic("a handler that panics")
			})
			engine.GET("/broken", func(c *gin.Context) {
				current(c).Set("broken", true)
				_ = c.AbortWithError(http.StatusInternalServerError, errors.New("broken"))
			})
			engine.GET("/teapot", func(c *gin.Context) {
				current(c).Set("teapot", true)
				c.AbortWithStatus(http.StatusTeapot)
			})
			engine.GET("/upgrade", gin.WrapF(frameworktest.Upgrade))
			return frameworktest.Serve(t, sessions.Middleware(engine))
		},
	})
}

// TestAbortKeepsTheHandlersAway has middleware that changes the session and aborts: no handler runs, and the change is
// stored with the status that the middleware has set, whether the header was written at once or is left to Gin.
func TestAbortKeepsTheHandlersAway(t *testing.T) {
	for name, test := range map[string]struct {
		abort  gin.HandlerFunc
		stored any
	}{
		"Abort":           {func(c *gin.Context) { c.Status(http.StatusTooManyRequests); c.Abort() }, 1},
		"AbortWithStatus": {func(c *gin.Context) { c.AbortWithStatus(http.StatusTooManyRequests) }, 1},
		"Abort with 500":  {func(c *gin.Context) { c.Status(http.StatusInternalServerError); c.Abort() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			sessions, err := session.New(session.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = sessions.Close() }()
			engine := gin.New()
			engine.Use(func(c *gin.Context) { current(c).Set("tries", 1); test.abort(c) })
			engine.GET("/", func(*gin.Context) { t.Error("the handler ran") })
			v := sessiontest.New(t, sessions)
			v.Do(sessions.Middleware(engine), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
			if got := v.Values()["tries"]; got != test.stored {
				t.Errorf("tries is stored as %v, want %v", got, test.stored)
			}
		})
	}
}
