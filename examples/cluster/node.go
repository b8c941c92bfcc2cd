package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	_ "github.com/proapi-go/proapi/session/redisstore" // makes the backend "redis" known
)

// What a process that is a node finds in its environment, besides PROAPI_*.
const nodeName = "CLUSTER_NODE"

// A node is a process of the application.
type node struct {
	*process

	name, addr string
}

// startNode starts this program once more, as a node. It is told what an application's deployment tells each of its
// processes: the same secret, and where the sessions are.
func startNode(ctx context.Context, name, secret, redisURL string) (*node, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), self)
	cmd.Env = append(os.Environ(), nodeName+"="+name,
		"PROAPI_SESSION_SECRET_KEY="+secret,
		"PROAPI_SESSION_BACKEND=redis",
		"PROAPI_SESSION_BACKEND_OPTIONS=prefix=shop:,url="+redisURL)
	n := &node{name: name}
	n.process, err = start(cmd, func(line string) (ready bool) {
		n.addr, ready = strings.CutPrefix(line, "listening on ")
		return ready
	})
	return n, err
}

// serveNode is a node, until it is told to stop or its standard input ends.
func serveNode(ctx context.Context, name string) error {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		defer stop()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	options, err := proapi.OptionsFromEnv()
	if err != nil {
		return err
	}
	options.EnableSessions = true
	options.Session.ClientAddress = forwardedFor
	options.Session.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})) // not every login
	app, err := proapi.New(options)
	if err != nil {
		return err
	}
	addRoutes(app, name)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, app.Shutdown(ctx))
	}
	context.AfterFunc(ctx, func() { _ = app.Shutdown(context.WithoutCancel(ctx)) }) // Serve returns its error
	say(os.Stdout, "listening on %s", listener.Addr())
	return app.Serve(listener)
}

// forwardedFor returns the client's address as the load balancer gives it. Nobody else reaches a node.
func forwardedFor(r *http.Request) string {
	all := r.Header.Get("X-Forwarded-For")
	return strings.TrimSpace(all[strings.LastIndex(all, ",")+1:])
}

// addRoutes says what the application does. None of it knows that there are several nodes, but to say which one answers.
func addRoutes(app *proapi.App, node string) {
	answer := func(s *session.Session) proapi.Map {
		return proapi.Map{"node": node, "user": s.UserID(), "visits": s.Get("visits", 0)}
	}
	app.Get("/{$}", func(r *proapi.Request) (any, error) { return answer(r.Session), nil })
	app.Get("/login", func(*proapi.Request) (any, error) { return loginForm, nil })
	app.Post("/login", func(r *proapi.Request) (any, error) {
		var in struct{ Username, Password string }
		if err := r.Bind(&in); err != nil {
			return nil, err
		}
		if in.Username == "" || in.Password != "secret" {
			return nil, proapi.Error(http.StatusUnauthorized, "wrong username or password")
		}
		r.Session.Login(in.Username)
		return answer(r.Session), nil
	})
	app.Post("/visits", func(r *proapi.Request) (any, error) {
		_ = session.Modify(r.Session, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
		return answer(r.Session), nil
	})
	app.Post("/logout", func(r *proapi.Request) (any, error) {
		r.Session.Logout()
		return answer(r.Session), nil
	})
}

const loginForm = `<!doctype html><title>Log in</title><form method="post">
<input name="username" placeholder="any name" required> <input name="password" type="password" placeholder="secret" required> <button>Log in</button>
</form>`
