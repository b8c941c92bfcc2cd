// Fiber answers: how do I use sessions with Fiber, which is not built on net/http?
package main

import (
	"bufio"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/logger"
	recoverer "github.com/gofiber/fiber/v3/middleware/recover"

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
	return newApp(sessions, ticker.C).Listen(addr)
}

func newApp(sessions *session.Manager, ticks <-chan time.Time) *fiber.App {
	app := fiber.New()
	app.Use(logger.New(), recoverer.New(), Sessions(sessions))
	app.Post("/login", login)
	app.Get("/profile", requireUser, profile)
	app.Post("/logout", requireUser, logout)
	app.Get("/clock", requireUser, clock(ticks))
	return app
}

// current returns the request's session. Nothing has to be saved, and nothing released.
func current(c fiber.Ctx) *session.Session { return session.From(c.Context()) }

func requireUser(c fiber.Ctx) error {
	s := current(c)
	switch {
	case s.UserID() != "":
		return c.Next()
	case s.Err() != nil:
		return fiber.ErrServiceUnavailable // the store is down: nobody was logged out
	}
	return fiber.ErrUnauthorized
}

func login(c fiber.Ctx) error {
	user := c.FormValue("user")
	if user != "ada" || c.FormValue("password") != "enchantress" { // look it up, and compare a hash
		return fiber.NewError(fiber.StatusUnauthorized, "Invalid credentials")
	}
	current(c).Login(user) // a new ID; the values are kept
	return c.SendStatus(fiber.StatusNoContent)
}

func profile(c fiber.Ctx) error {
	s := current(c)
	if err := session.Modify(s, "visits", func(n int) int { return n + 1 }); err != nil {
		return err
	}
	return c.SendString(fmt.Sprintf("%s, visit %v\n", s.UserID(), s.Get("visits")))
}

func logout(c fiber.Ctx) error {
	current(c).Logout()
	return c.SendStatus(fiber.StatusNoContent)
}

// clock sends an event a tick (server-sent events). What it changes in the session it changes before the stream's writer,
// and takes along what that is to say of it.
func clock(ticks <-chan time.Time) fiber.Handler {
	return func(c fiber.Ctx) error {
		s := current(c)
		if err := session.Modify(s, "clocks", func(n int) int { return n + 1 }); err != nil {
			return err
		}
		clocks := s.Get("clocks")
		c.Set(fiber.HeaderContentType, "text/event-stream")
		return c.SendStreamWriter(func(w *bufio.Writer) {
			for now := range ticks {
				_, _ = fmt.Fprintf(w, "data: %s, clock %v\n\n", now.Format(time.TimeOnly), clocks)
				if w.Flush() != nil { // the client has gone
					return
				}
			}
		})
	}
}
