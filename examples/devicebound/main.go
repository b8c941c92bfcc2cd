// Devicebound answers: how do I make a stolen cookie worth nothing?
//
// Run it, and do what it prints:
//
//	go run ./examples/devicebound
//
// It serves https on loopback, with a certificate that it makes itself: browsers bind sessions over TLS alone.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8443", "the `address` to listen on")
	lifetime := flag.Duration("lifetime", devicebound.DefaultLifetime, "how long the bound cookie lasts")
	flag.Parse()
	if err := run(*addr, *lifetime); err != nil {
		log.Fatal(err)
	}
}

// run serves the application until it is told to stop.
func run(addr string, lifetime time.Duration) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cert, hash, err := newCertificate()
	if err != nil {
		return err
	}
	app, err := newApp(lifetime)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return errors.Join(err, app.Shutdown(ctx))
	}
	defer context.AfterFunc(ctx, func() { _ = app.Shutdown(context.Background()) })() // Serve returns its error
	explain(os.Stdout, "https://"+listener.Addr().String(), hash, lifetime)
	return app.Serve(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}))
}

// newApp makes the application. What binds its sessions is one option; Secure is needed outside production, where it is on.
func newApp(lifetime time.Duration) (*proapi.App, error) {
	app, err := proapi.New(proapi.Options{
		EnableSessions: true,
		Session: session.Options{
			SecretKey: os.Getenv("SESSION_SECRET_KEY"),
			Secure:    session.On,
			Binding:   devicebound.New(devicebound.Options{Lifetime: lifetime}),
		},
	})
	if err != nil {
		return nil, err
	}
	addRoutes(app)
	return app, nil
}

const tryThis = `
ProAPI's example of sessions that are bound to a device: URL

Start a browser that binds sessions, with a profile of its own.
On Linux, where keys are software keys, for development alone:

  chromium --user-data-dir=/tmp/devicebound \
    --ignore-certificate-errors-spki-list=HASH \
    --enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting \
    URL

On Windows (Chrome 145 or newer) and macOS (147), with the machine's own:

  chrome --user-data-dir=DIRECTORY --ignore-certificate-errors-spki-list=HASH URL

Log in, and watch in DevTools (F12): Application, Device bound sessions; and Network, where
the login's answer has Secure-Session-Registration. The bound cookie lasts LIFETIME.

Then be a thief: copy the value of the cookie "session" from Application, Cookies, and try it
elsewhere. A minute after the login it is worth nothing:

  curl -k --cookie "session=VALUE" URL/whoami

`

// explain prints what there is to see.
func explain(w io.Writer, url, hash string, lifetime time.Duration) {
	_, _ = fmt.Fprint(w, strings.NewReplacer("URL", url, "HASH", hash, "LIFETIME", lifetime.String()).Replace(tryThis))
}
