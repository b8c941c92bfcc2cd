// Package admin is a page for the people who run an application: how many sessions there are, what they cost, and whose
// they are; and to end one, a user's, or everybody's.
//
//	page, err := admin.New(sessions, admin.Options{
//		Authorize: func(r *http.Request) bool { return session.From(r.Context()).Get("role") == "admin" },
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer page.Close()
//	mux.Handle("/admin/", page)
//
// It stands behind the application's own authorisation, and is not made without one. It is mounted at any path that ends in
// a slash, with or without http.StripPrefix: its links are relative. It needs no JavaScript; with it, the figures move.
//
// Counters are those of this process. The number of sessions and the lists are the store's, and so every process's.
package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/crossorigin"
)

// The defaults of Options.
const (
	DefaultInterval  = 5 * time.Second
	DefaultHistory   = time.Hour
	DefaultListLimit = 10_000
)

// maxSamples bounds what the history takes: of half a kilobyte each.
const maxSamples = 20_000

// Options configure a Handler. The zero value of each field but Authorize is its default.
type Options struct {
	// Authorize reports whether whoever sent the request may see and end everybody's sessions. It is asked for every
	// request, those of the style sheet included. There is no default.
	//
	// Where it asks the request's session, the live figures end with that session.
	Authorize func(r *http.Request) bool

	// Deny answers those who may not, with a redirect to the login for one. Nil is the status 403.
	Deny http.Handler

	// ShowValues lets what sessions hold be seen, by those who ask for it on a session's page. Otherwise there are the
	// keys and the sizes.
	ShowValues bool

	// Interval is how often the figures are taken; 0 is 5 s. History is for how long they are kept; 0 is 1 h. A sample
	// takes about half a kilobyte.
	Interval, History time.Duration

	// ListLimit is how many sessions are read from the store for one page, which says so where there are more; 0 is
	// 10,000.
	ListLimit int

	// TrustedOrigins may send what changes something besides the page itself, as in [crossorigin.Options]: behind a proxy
	// that changes the Host header, the application's own origin.
	TrustedOrigins []string

	// Logger gets a line for each session whose values were shown, and for what could not be answered. Nil is
	// slog.Default().
	Logger *slog.Logger
}

// A Handler is the page, with everything below it. It may be used from any number of goroutines.
type Handler struct {
	sessions *session.Manager
	options  Options
	log      *slog.Logger
	pages    pages
	guarded  http.Handler // the pages behind the protection from other sites
	history  *history
	streams  streams

	stop    context.CancelFunc
	stopped <-chan struct{}
	running sync.WaitGroup
}

// New returns the page of a Manager, and begins to take samples. Close ends that. Its error says everything that is wrong
// with the options.
func New(m *session.Manager, o Options) (*Handler, error) {
	o = o.withDefaults()
	protection, err := crossorigin.New(crossorigin.Options{TrustedOrigins: o.TrustedOrigins, Logger: o.Logger})
	if err = errors.Join(o.validate(m), err); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &Handler{
		sessions: m, options: o, log: o.Logger, stop: stop, stopped: ctx.Done(),
		pages: parsePages(), history: newHistory(int(o.History/o.Interval) + 1),
	}
	h.guarded = protection.Handler(http.HandlerFunc(h.route))
	sampler := sampler{source: m, history: h.history, interval: o.Interval}
	h.running.Go(func() { sampler.run(ctx) })
	return h, nil
}

func (o Options) withDefaults() Options {
	o.Interval = cmp.Or(o.Interval, DefaultInterval)
	o.History = cmp.Or(o.History, DefaultHistory)
	o.ListLimit = cmp.Or(o.ListLimit, DefaultListLimit)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Deny == nil {
		o.Deny = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		})
	}
	return o
}

func (o *Options) validate(m *session.Manager) error {
	var faults []error
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Errorf("admin: "+format, args...)) }
	if m == nil {
		wrong("no Manager: it is that of the application, such as app.Sessions() with EnableSessions")
	}
	if o.Authorize == nil {
		wrong("Authorize is not set: it is the application's own check of who may see and end everybody's sessions")
	}
	if o.Interval < 10*time.Millisecond {
		wrong("Interval is %s: it is 10ms or more, such as 5s", o.Interval)
	} else if n := o.History / o.Interval; n < 2 || n > maxSamples {
		wrong("History is %s and Interval %s: that is %d samples, and may be from 2 to %d", o.History, o.Interval, n, maxSamples)
	}
	if o.ListLimit < 0 {
		wrong("ListLimit is %d: it is a number of sessions, from 1 up", o.ListLimit)
	}
	return errors.Join(faults...)
}

// Close ends the taking of samples, and the live figures in all browsers. Pages are still answered.
func (h *Handler) Close() error {
	h.stop()
	h.streams.close()
	h.running.Wait()
	return nil
}

// samples returns those of the last d. It waits for the first one that is ever taken, which may take as long as the store
// does to answer.
func (h *Handler) samples(ctx context.Context, d time.Duration) (samples []sample, bounds []time.Duration, changed <-chan struct{}) {
	samples, bounds, changed = h.history.since(d)
	if len(samples) > 0 {
		return samples, bounds, changed
	}
	select {
	case <-changed:
	case <-h.stopped:
	case <-ctx.Done():
	}
	return h.history.since(d)
}
