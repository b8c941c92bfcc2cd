package torture_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/storetest"
)

// shop is a live application: pages that look, a cart, a login and a logout, and one page without a session.
func shop(t *testing.T, o session.Options) *proapi.App {
	t.Helper()
	o.SecretKey = secret
	app, err := proapi.New(proapi.Options{EnableSessions: true, Session: o, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/", func(r *proapi.Request) (any, error) {
		return proapi.Map{"user": r.Session.UserID(), "visits": r.Session.Get("visits", 0)}, nil
	})
	app.Get("/about", func(*proapi.Request) (any, error) { return "about", nil })
	app.Post("/cart", func(r *proapi.Request) (any, error) {
		_ = session.Modify(r.Session, "visits", func(n int) int { return n + 1 })
		return proapi.Map{"visits": r.Session.Get("visits")}, nil
	})
	app.Post("/large", func(r *proapi.Request) (any, error) {
		r.Session.Set("large", make([]byte, 60<<10))
		return nil, nil
	})
	app.Post("/login", func(r *proapi.Request) (any, error) {
		r.Session.Login("ada")
		return nil, nil
	})
	app.Post("/logout", func(r *proapi.Request) (any, error) {
		r.Session.Logout()
		return nil, nil
	})
	return app
}

// serveOn serves an application on a listener until the test ends.
func serveOn(t *testing.T, app *proapi.App, listener net.Listener) {
	t.Helper()
	var serving sync.WaitGroup
	serving.Go(func() { _ = app.Serve(listener) }) // returns what Shutdown returns
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := app.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
}

func onLoopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers have freed
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

const megabyte = 1 << 20

func TestAFloodOfStrangersLeavesNothing(t *testing.T) {
	s, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	app := shop(t, session.Options{Store: s})
	flood := func(requests int) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range requests / 4 {
					w := httptest.NewRecorder()
					app.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody))
					if w.Code != http.StatusOK || len(w.Header()["Set-Cookie"]) != 1 {
						t.Errorf("a stranger is answered %d with %d cookies", w.Code, len(w.Header()["Set-Cookie"]))
						return
					}
				}
			})
		}
		all.Wait()
	}
	flood(1000)
	requests := forms(t, 40_000, 1_000_000)
	before, goroutines := heap(), runtime.NumGoroutine()
	flood(requests)
	grown, stored := heap()-before, 0
	for _, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		stored++
	}
	t.Logf("%d visitors without a cookie: %d sessions stored, the heap has grown by %d KiB, %d goroutines more", requests, stored, grown>>10, runtime.NumGoroutine()-goroutines)
	if stored > 0 || grown > 4*megabyte || runtime.NumGoroutine() > goroutines+2 {
		t.Error("strangers leave something")
	}
}

// A journal is what was logged.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.text.Len() < megabyte {
		_, _ = j.text.Write(b)
	}
	return len(b), nil
}

func (j *journal) says(text string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Contains(j.text.String(), text)
}

func TestAFloodOfLargeSessionsStopsAtTheBound(t *testing.T) {
	for name, c := range map[string]struct {
		options session.Options
		says    string
		bytes   int64
	}{
		"memory": {session.Options{Backend: "memory", BackendOptions: session.BackendOptions{"max_bytes": 16 * megabyte}}, "store: full", 16 * megabyte},
		"redis": {session.Options{Backend: "redis", BackendOptions: session.BackendOptions{
			"url": "redis://" + testredis.Start(t, "--maxmemory", "16mb", "--maxmemory-policy", "noeviction").Addr(),
		}}, "store: full", 16 * megabyte},
	} {
		t.Run(name, func(t *testing.T) { fillUp(t, c.options, c.says, c.bytes) })
	}
}

// fillUp stores large sessions until there is no room, and goes on for as long again.
func fillUp(t *testing.T, o session.Options, says string, bound int64) {
	t.Helper()
	log := &journal{}
	o.Logger = slog.New(slog.NewTextHandler(log, nil))
	app := shop(t, o)
	defer func() { _ = app.Shutdown(context.Background()) }()
	var first string
	stored, refused := 0, 0
	before := heap()
	for range 2 * bound / (60 << 10) {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/large", http.NoBody))
		switch w.Code {
		case http.StatusNoContent:
			stored++
			if first == "" {
				first = w.Result().Cookies()[0].Value
			}
		case http.StatusServiceUnavailable:
			refused++
		default:
			t.Fatalf("answered %d", w.Code)
		}
	}
	grown := heap() - before
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Cookie", session.DefaultCookieName+"="+first)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	t.Logf("%d sessions of 60 KiB stored, %d refused with 503, the heap has grown by %d MiB of a bound of %d; the first one is answered %d",
		stored, refused, grown/megabyte, bound/megabyte, w.Code)
	if stored == 0 || refused == 0 || int64(stored)*(60<<10) > bound || grown > bound+8*megabyte || w.Code != http.StatusOK {
		t.Error("the bound does not hold, or what was stored does not")
	}
	if !log.says(says) {
		t.Errorf("nothing says %q", says)
	}
}

// TestAStoreThatHangsDoesNotTakeTheServerWithIt sends many requests while the store answers nobody: no more wait than may.
func TestAStoreThatHangsDoesNotTakeTheServerWithIt(t *testing.T) {
	memory, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = memory.Close() }()
	const most = 64
	requests := min(forms(t, 1000, 20_000), mostGoroutines)
	s := storetest.NewFaulty(memory)
	app := shop(t, session.Options{Store: s, MaxWaiting: most, StoreTimeout: time.Minute})
	release := s.Hold(storetest.Save)
	answers := make(chan int, requests)
	ask := func(path string) int {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, http.NoBody))
		return w.Code
	}
	before := runtime.NumGoroutine()
	for range requests {
		go func() { answers <- ask("/cart") }()
	}
	for range requests - most { // those that must not wait: else this waits in vain
		if status := <-answers; status != http.StatusServiceUnavailable {
			t.Fatalf("a request past the bound is answered %d", status)
		}
	}
	held := runtime.NumGoroutine() - before
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/about", http.NoBody))
	release()
	for range most {
		if status := <-answers; status != http.StatusOK {
			t.Errorf("a request that waited is answered %d", status)
		}
	}
	t.Logf("%d requests while the store hung: %d answered 503 without waiting, %d waited and succeeded when it was back, %d goroutines more meanwhile", requests, requests-most, most, held)
	if w.Code != http.StatusOK || ask("/cart") != http.StatusOK {
		t.Error("a page without a session, or the first one afterwards, is not answered")
	}
}
