package movetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/migration"
)

// A Move is an application that moves from one store to another.
type Move struct {
	// From and To open a store, as a process of the application does at its start: what they open shares its sessions. An
	// io.Closer is closed when its process ends.
	From, To func(t *testing.T) session.Store

	Sessions int // how many visitors are logged in before the move; 0 is 2,000
	Clients  int // how many send requests at a time; 0 is 8
}

// Run moves the application's sessions under load, through every phase, two processes of neighbouring phases side by side,
// and copies what is left. Every visitor must stay logged in, find each of his changes once, and not come back once he has
// logged out. It returns when the new store alone has shown that.
func Run(t *testing.T, m Move) {
	t.Helper()
	if m.Sessions == 0 {
		m.Sessions = 2000
	}
	if m.Clients == 0 {
		m.Clients = 8
	}
	a := &application{t: t, move: m}
	old := func() session.Store { return m.From(t) }
	fresh := func() session.Store { return m.To(t) }
	both := func(phase migration.Phase) func() session.Store {
		return func() session.Store {
			s, err := session.Migrating(m.From(t), m.To(t), phase)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	a.start(old)
	a.arrive()
	for _, step := range []struct {
		name string
		next func() session.Store
	}{
		{"prepare", both(migration.Prepare)},
		{"switch", both(migration.Switch)},
		{"the new store alone", fresh},
	} {
		a.deploy(step.next)
		t.Logf("%s: %d requests so far", step.name, a.requests.Load())
		if step.name == "switch" {
			a.copyRest()
		}
	}
	a.stop(0)
	a.verify()
}

// An application is its running processes, and its visitors.
type application struct {
	t        *testing.T
	move     Move
	requests atomic.Int64

	mu        sync.RWMutex
	processes []process
	visitors  []*visitor
}

type process struct {
	manager *session.Manager
	close   func()
}

// start starts a process with the store.
func (a *application) start(open func() session.Store) {
	a.t.Helper()
	s := open()
	m, err := session.New(session.Options{
		SecretKey: "a-secret-of-thirty-two-bytes-or-more", Store: s, Logger: slog.New(slog.DiscardHandler), StoreTimeout: 10 * time.Second,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.processes = append(a.processes, process{m, func() {
		if c, ok := s.(interface{ Close() error }); ok {
			if err := c.Close(); err != nil {
				a.t.Error(err)
			}
		}
	}})
}

// stop ends the oldest processes but for so many. It waits for their requests.
func (a *application) stop(rest int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.processes) > rest {
		a.processes[0].close()
		a.processes = a.processes[1:]
	}
}

// deploy starts a process of the next phase beside the one there is, lets requests come to both, and ends the old one, while
// requests go on.
func (a *application) deploy(next func() session.Store) {
	a.t.Helper()
	a.start(next)
	a.load(a.move.Sessions) // both are there
	var during sync.WaitGroup
	during.Go(func() { a.load(a.move.Sessions / 2) })
	a.stop(1)
	during.Wait()
}

// copyRest copies while requests go on; interrupted once.
func (a *application) copyRest() {
	t := a.t
	var during sync.WaitGroup
	during.Go(func() { a.load(a.move.Sessions / 2) })
	defer during.Wait()
	from, to := a.move.From(t), a.move.To(t)
	defer (&application{t: t, processes: []process{{close: closer(t, from)}, {close: closer(t, to)}}}).stop(0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first, err := migration.Copy(ctx, from, to, migration.CopyOptions{
		Interval: time.Millisecond,
		Progress: func(p migration.Progress) {
			if p.Done > a.move.Sessions/10 {
				cancel()
			}
		},
	})
	t.Logf("the first copy: %+v, %v", first, err)
	second, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{Count: true})
	if err != nil {
		t.Errorf("copy: %v", err)
	}
	t.Logf("the second copy: %+v, %.0f a second", second, second.Rate())
}

func closer(t *testing.T, s session.Store) func() {
	return func() {
		if c, ok := s.(interface{ Close() error }); ok {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// do sends a visitor's request to a process, the oldest or the newest.
func (a *application) do(v *visitor, which int, handle func(s *session.Session)) (status int) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	a.requests.Add(1)
	p := a.processes[which%len(a.processes)]
	h := p.manager.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(session.From(r.Context()))
		w.WriteHeader(http.StatusNoContent)
	}))
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	if token := v.token.Load(); token != nil {
		r.Header.Set("Cookie", session.DefaultCookieName+"="+*token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.token.Store(&c.Value)
	}
	return w.Code
}

// user is the name of a visitor.
func user(n int) string { return fmt.Sprintf("user %d", n) }
