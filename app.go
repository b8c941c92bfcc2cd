package proapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/crossorigin"
)

// An App is a web application: routes, middleware, sessions and a server. It is an http.Handler, so it can be tested with
// net/http/httptest, mounted in another router, or served by a server of your own; Run and Serve bring their own.
//
// Routes and middleware are added at the start, from one goroutine; what is wrong with them (a malformed pattern, two
// that conflict, a nil handler) panics there, as in [http.ServeMux]. From the first request on they stay as they are, and
// an App answers any number of requests at once.
//
// A request passes, in this order: the recovery from panics, the limit on its body, the protection from other sites, the
// session, the middleware given to Use in the order in which it was given, the route's group's, the handler.
type App struct {
	routes

	options    Options
	log        *slog.Logger
	mux        *http.ServeMux
	protection *crossorigin.Protection // nil where it is off
	sessions   *session.Manager        // nil where sessions are not enabled
	middleware []func(http.Handler) http.Handler
	legacy     *session.Legacy // another library, whose sessions are taken over; nil for none

	compose sync.Once
	chain   http.Handler // everything within the recovery; made at the first request
	server  *http.Server
	stop    stopping
}

// New makes an App. Its error says everything that is wrong with the options, the session's among them, each with the
// option's name and the remedy.
func New(options Options) (*App, error) {
	if options.Env == "" {
		options.Env = Env(strings.ToLower(os.Getenv(envVariable)))
	}
	options = options.withDefaults()
	a := &App{
		options: options,
		log:     options.Logger,
		mux:     http.NewServeMux(),
		stop:    stopping{done: make(chan struct{})},
	}
	a.app = a
	a.server = a.newServer()
	return a, a.open()
}

// open checks the options and opens the sessions, which checks theirs.
func (a *App) open() error {
	faults := append(a.options.validate(), a.protect()...)
	if !a.options.EnableSessions {
		return errors.Join(faults...)
	}
	options := a.options.Session
	if options.Env == "" && slices.Contains(environments, a.options.Env) {
		options.Env = a.options.Env
	}
	if options.Logger == nil {
		options.Logger = a.log
	}
	if options.OnError == nil {
		options.OnError = func(w http.ResponseWriter, r *http.Request, status int, _ error) {
			writeError(w, r, status, http.StatusText(status))
		}
	}
	manager, err := session.New(options)
	if err != nil {
		return errors.Join(append(faults, fmt.Errorf("proapi: %w", err))...)
	}
	if len(faults) > 0 {
		return errors.Join(append(faults, manager.Close())...)
	}
	a.sessions = manager
	return nil
}

// Use adds middleware around everything that the App answers, 404 included. The first that is given is the outermost.
// It panics once the App has begun to serve, when it could not take effect.
func (a *App) Use(middleware ...func(http.Handler) http.Handler) {
	if a.chain != nil {
		panic("proapi: Use after the first request: add middleware before the App serves")
	}
	a.middleware = append(a.middleware, middleware...)
}

// Sessions returns the manager of the App's sessions, nil where they are not enabled.
func (a *App) Sessions() *session.Manager { return a.sessions }

// ServeHTTP answers a request.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.compose.Do(a.build)
	out := &response{ResponseWriter: w}
	defer a.recover(out, r)
	a.setSecurityHeaders(out.Header())
	if r.Body != nil && r.Body != http.NoBody {
		limited := *r // a handler does not change its caller's request
		limited.Body = http.MaxBytesReader(w, r.Body, a.options.MaxBodyBytes)
		r = &limited
	}
	a.chain.ServeHTTP(out, r)
}

// build puts the chain together, from the inside out.
func (a *App) build() {
	var h http.Handler = http.HandlerFunc(a.route)
	h = wrapped(h, a.middleware)
	if a.sessions != nil {
		h = a.withSessions(h)
	}
	if a.protection != nil {
		h = a.protection.Handler(h)
	}
	a.chain = h
}

// wrapped puts middleware around h, the first of it outermost.
func wrapped(h http.Handler, middleware []func(http.Handler) http.Handler) http.Handler {
	for _, m := range slices.Backward(middleware) {
		h = m(h)
	}
	return h
}

// setSecurityHeaders sets what a handler or middleware may still change. Over plain HTTP browsers ignore
// Strict-Transport-Security (RFC 6797, section 8.1), so it can stand behind a proxy that ends TLS, too.
func (a *App) setSecurityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	if a.options.Env == Production {
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	}
}
