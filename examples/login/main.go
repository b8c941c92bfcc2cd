// Login answers: how do I log users in and out, for programs and for browsers?
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

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
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
	app, err := newApp(options, directory)
	if err != nil {
		return err
	}
	explain(os.Stdout, addr)
	return app.Run(addr)
}

// newApp makes the application, which keeps its sessions in files: they outlive the process, if the secret key does.
func newApp(options proapi.Options, directory string) (*proapi.App, error) {
	options.EnableSessions = true
	options.Session.Backend = "file"
	options.Session.BackendOptions = session.BackendOptions{"directory": directory}
	app, err := proapi.New(options)
	if err != nil {
		return nil, err
	}
	addRoutes(app)
	return app, nil
}

const tryThis = `
ProAPI's login example: open URL in a browser, or try

  curl -b /tmp/jar -c /tmp/jar URL/
  curl -b /tmp/jar -c /tmp/jar URL/login --json '{"username":"admin","password":"password"}'
  curl -b /tmp/jar -c /tmp/jar URL/profile
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
