package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/proapi-go/proapi/internal/frameworktest"
	"github.com/proapi-go/proapi/session"
)

func TestSessionsKeepTheirPromisesInFiber(t *testing.T) {
	frameworktest.Run(t, frameworktest.Application{
		Start: func(t *testing.T, sessions *session.Manager, ticks <-chan time.Time) string {
			app := newApp(sessions, ticks)
			app.Get("/panic", func(c fiber.Ctx) error {
				current(c).Set("panicked", true)
				panic("a handler that panics")
			})
			app.Get("/broken", func(c fiber.Ctx) error {
				current(c).Set("broken", true)
				return errors.New("broken")
			})
			app.Get("/teapot", func(c fiber.Ctx) error {
				current(c).Set("teapot", true)
				return fiber.ErrTeapot
			})
			app.Get("/upgrade", upgrade)
			return serve(t, app)
		},
	})
}

func upgrade(c fiber.Ctx) error {
	s := current(c)
	s.Set("upgraded", true)
	user := s.UserID()
	c.RequestCtx().Hijack(func(conn net.Conn) { // runs when the 101 has gone
		_, _ = io.WriteString(conn, "hello "+user+"\n")
	})
	c.Set(fiber.HeaderConnection, "Upgrade")
	c.Set(fiber.HeaderUpgrade, "line")
	return c.SendStatus(fiber.StatusSwitchingProtocols)
}

func serve(t *testing.T, app *fiber.App) (url string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		_ = app.ShutdownWithTimeout(time.Second)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// TestHeadersComeTogether has a handler set what the session sets as well.
func TestHeadersComeTogether(t *testing.T) {
	sessions, err := session.New(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	app := fiber.New()
	app.Use(Sessions(sessions))
	app.Get("/", func(c fiber.Ctx) error {
		current(c).Set("n", 1)
		c.Cookie(&fiber.Cookie{Name: "theme", Value: "dark"})
		c.Vary("Accept")
		c.Set(fiber.HeaderCacheControl, "max-age=60")
		return c.SendString("hello")
	})
	resp, err := app.Test(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); string(body) != "hello" || err != nil {
		t.Errorf("the body is %q, %v", body, err)
	}
	names := map[string]bool{}
	for _, c := range resp.Cookies() {
		names[c.Name] = true
	}
	if !names["theme"] || !names[session.DefaultCookieName] {
		t.Errorf("the cookies are %v", resp.Cookies())
	}
	if h := resp.Header; h.Get("Cache-Control") != "no-store" || !slices.Contains(h.Values("Vary"), "Accept") || !slices.Contains(h.Values("Vary"), "Cookie") {
		t.Errorf("the header is %v", h)
	}
}
