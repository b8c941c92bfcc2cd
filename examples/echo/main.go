// Echo answers: how do I use sessions with Echo, whose handlers return errors?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/proapi-go/proapi/session"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// run puts the sessions around Echo, and not into Use with echo.WrapMiddleware: Echo's error handler answers for an error
// when all middleware has returned, and sessions that stood there would have stored the changes of a request that failed.
func run(addr string) (err error) {
	sessions, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	handler := sessions.Middleware(newEcho(ticker.C))
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func newEcho(ticks <-chan time.Time) *echo.Echo {
	e := echo.New()
	e.Use(middleware.RequestLogger(), middleware.Recover())
	e.POST("/login", login)
	e.GET("/profile", profile, requireUser)
	e.POST("/logout", logout, requireUser)
	e.GET("/clock", clock(ticks), requireUser)
	return e
}

// current returns the request's session. Nothing has to be saved.
func current(c *echo.Context) *session.Session { return session.From(c.Request().Context()) }

func requireUser(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		s := current(c)
		switch {
		case s.UserID() != "":
			return next(c)
		case s.Err() != nil:
			return s.Err() // the store is down, and the client will hear it: nobody was logged out
		}
		return echo.ErrUnauthorized
	}
}

func login(c *echo.Context) error {
	user := c.FormValue("user")
	if user != "ada" || c.FormValue("password") != "enchantress" { // look it up, and compare a hash
		return echo.NewHTTPError(http.StatusUnauthorized, "Invalid credentials")
	}
	current(c).Login(user) // a new ID; the values are kept
	return c.NoContent(http.StatusNoContent)
}

func profile(c *echo.Context) error {
	s := current(c)
	if err := session.Modify(s, "visits", func(n int) int { return n + 1 }); err != nil {
		return err
	}
	return c.String(http.StatusOK, fmt.Sprintf("%s, visit %v\n", s.UserID(), s.Get("visits")))
}

func logout(c *echo.Context) error {
	current(c).Logout()
	return c.NoContent(http.StatusNoContent)
}

// clock sends an event a tick (server-sent events). What it changes in the session it changes before the first byte: from
// then on, the session is read-only. The stream ends with the session, wherever that is ended.
func clock(ticks <-chan time.Time) echo.HandlerFunc {
	return func(c *echo.Context) error {
		s := current(c)
		if err := session.Modify(s, "clocks", func(n int) int { return n + 1 }); err != nil {
			return err
		}
		w := c.Response()
		w.Header().Set(echo.HeaderContentType, "text/event-stream")
		stream := http.NewResponseController(w)
		for {
			select {
			case <-c.Request().Context().Done():
				return nil
			case <-s.Done():
				return nil
			case now := <-ticks:
				_, _ = fmt.Fprintf(w, "data: %s, clock %v\n\n", now.Format(time.TimeOnly), s.Get("clocks"))
				if err := stream.Flush(); err != nil {
					return err
				}
			}
		}
	}
}
