// Login answers: how do I log users in and out, for programs and for browsers, show them their devices, and let
// administrators look after everybody's sessions?
//
// Run it, and do what it prints:
//
//	go run ./examples/login
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the `address` to listen on")
	directory := flag.String("sessions", "./sessions", "the `directory` in which sessions are kept")
	flag.Parse()
	if err := run(*addr, *directory); err != nil {
		log.Fatal(err)
	}
}

// run serves the application until it is told to stop.
func run(addr, directory string) error {
	options, err := proapi.OptionsFromEnv()
	if err != nil {
		return err
	}
	if options.Session.SecretKey == "" && options.Env != proapi.Production {
		if options.Session.SecretKey, err = keptSecret(filepath.Clean(directory) + ".key"); err != nil {
			return err
		}
	}
	app, err := newApp(options, settings{directory: directory, users: newUsers(passwordRounds), recent: 15 * time.Minute})
	if err != nil {
		return err
	}
	defer func() { _ = app.panel.Close() }()
	explain(os.Stdout, addr)
	return app.Run(addr)
}

// settings are what tests want to be different.
type settings struct {
	directory string // in which sessions are kept
	users     *users
	recent    time.Duration // how old a login may be for what is sensitive
}

// An application is the App with what its handlers need.
type application struct {
	*proapi.App
	settings

	panel *admin.Handler
}

// newApp makes the application, which keeps its sessions in files: they outlive the process, if the secret key does.
func newApp(options proapi.Options, s settings) (*application, error) {
	options.EnableSessions = true
	options.Session.Backend = "file"
	options.Session.BackendOptions = session.BackendOptions{"directory": s.directory}
	app, err := proapi.New(options)
	if err != nil {
		return nil, err
	}
	a := &application{App: app, settings: s}
	if a.panel, err = a.newPanel(); err != nil {
		return nil, err
	}
	a.addRoutes()
	return a, nil
}

const tryThis = `
ProAPI's login example: open URL in a browser, or try

  curl -b /tmp/jar -c /tmp/jar URL/
  curl -b /tmp/jar -c /tmp/jar URL/login --json '{"username":"admin","password":"password"}'
  curl -b /tmp/jar -c /tmp/jar URL/profile
  curl -b /tmp/jar -c /tmp/jar URL/account
  curl -b /tmp/jar -c /tmp/jar URL/account/devices/end-others -X POST
  curl -b /tmp/jar -c /tmp/jar URL/logout -X POST

`

// explain prints what there is to see.
func explain(w io.Writer, addr string) {
	_, _ = fmt.Fprint(w, strings.ReplaceAll(tryThis, "URL", "http://"+reachable(addr)))
}

// reachable returns the address under which a program on this machine reaches a server that listens on addr.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr // Run says what is wrong with it
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
