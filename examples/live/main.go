// Live answers: how do I end a stream at the moment at which its session is revoked, on whatever machine that is done?
//
// Run it, open what it prints in a browser and in a private window, sign in with one name in both, and end one from the other:
//
//	go run ./examples/live
//
// Two processes that share Redis, or PostgreSQL, and a secret do the same; cookies know no ports, so that one browser is in both:
//
//	export PROAPI_SESSION_SECRET_KEY=$(openssl rand -hex 32)
//	go run ./examples/live -addr 127.0.0.1:8001 -backend redis://127.0.0.1:6379/0
//	go run ./examples/live -addr 127.0.0.1:8002 -backend redis://127.0.0.1:6379/0
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	_ "github.com/proapi-go/proapi/session/pgstore"    // for postgres:
	_ "github.com/proapi-go/proapi/session/redisstore" // for redis:
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the `address` to listen on")
	backend := flag.String("backend", "memory:", "the `URL` of the store: memory:, file:./sessions, redis://..., postgres://...")
	flag.Parse()
	if err := run(*addr, *backend); err != nil {
		log.Fatal(err)
	}
}

// run serves the application until it is told to stop. Streams end then, too: they would keep the process.
func run(addr, backend string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options, err := proapi.OptionsFromEnv()
	if err != nil {
		return err
	}
	if backend != "memory:" && options.Session.SecretKey == "" {
		return errors.New("with a store that others share, all of them need the same secret: set PROAPI_SESSION_SECRET_KEY to what `openssl rand -hex 32` prints")
	}
	store, err := session.OpenURL(backend, options.Logger)
	if err != nil {
		return err
	}
	if c, ok := store.(io.Closer); ok {
		defer func() { _ = c.Close() }() // whatever it says, we are leaving
	}
	app, err := newApp(options, store, ctx.Done())
	if err != nil {
		return err
	}
	fmt.Printf("Open http://%s in a browser and in a private window, and sign in with one name in both.\n", addr)
	return app.Run(addr)
}

// newApp makes the application on a store. Its streams end when stopping is closed.
func newApp(options proapi.Options, store session.Store, stopping <-chan struct{}) (*proapi.App, error) {
	options.EnableSessions = true
	options.Session.Store = store
	app, err := proapi.New(options)
	if err != nil {
		return nil, err
	}
	addRoutes(app, stopping)
	return app, nil
}
