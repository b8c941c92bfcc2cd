package torture_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2" //nolint:depguard // no secret: a run is to be repeated
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// times are how long requests took.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *times) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d)
}

// reset forgets everything, and returns the n-th thousandth of what there was.
func (s *times) reset(thousandths ...int) (quantiles []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.all)
	for _, n := range thousandths {
		quantiles = append(quantiles, s.all[min(len(s.all)-1, len(s.all)*n/1000)].Round(10*time.Microsecond))
	}
	s.all = s.all[:0]
	return quantiles
}

// TestSoak lets visitors use a live application for a while, and looks whether anything grows.
func TestSoak(t *testing.T) {
	app := shop(t, session.Options{Backend: "file", BackendOptions: session.BackendOptions{"directory": t.TempDir() + "/sessions"}})
	listener := onLoopback(t)
	serveOn(t, app, listener)
	seed := seedOf(t)
	took := &times{all: make([]time.Duration, 0, 1<<21)}
	var requests, failed atomic.Int64
	stop := make(chan struct{})
	var visitors sync.WaitGroup
	for n := range 8 {
		random := choices(seed, fmt.Sprint("visitor ", n))
		client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
		visitors.Go(func() {
			defer client.CloseIdleConnections()
			shopper(client, "http://"+listener.Addr().String(), random, stop, func(d time.Duration, ok bool) {
				requests.Add(1)
				took.add(d)
				if !ok {
					failed.Add(1)
				}
			})
		})
	}
	d := during(t, 3*time.Second)
	wait(nil, d/4)
	warm, goroutines := heap(), runtime.NumGoroutine()
	took.reset()
	wait(nil, d*3/4)
	grown, more := heap()-warm, runtime.NumGoroutine()-goroutines
	close(stop)
	visitors.Wait()
	p := took.reset(500, 990, 999)
	t.Logf("%d requests in %v, %d failed: p50 %v, p99 %v, p99.9 %v; the heap has grown by %d KiB, %d goroutines more", requests.Load(), d, failed.Load(), p[0], p[1], p[2], grown>>10, more)
	if failed.Load() > 0 || grown > 8*megabyte || more > 8 {
		t.Error("requests fail, or something grows")
	}
}

// shopper is a visitor who comes, looks, fills a cart, logs in and out, again and again.
func shopper(client *http.Client, url string, random *rand.Rand, stop <-chan struct{}, done func(d time.Duration, ok bool)) {
	token := ""
	for !closed(stop) {
		method, path := http.MethodGet, "/"
		switch n := random.IntN(100); {
		case n < 35:
			method, path = http.MethodPost, "/cart"
		case n < 38:
			method, path = http.MethodPost, "/login"
		case n < 40:
			method, path = http.MethodPost, "/logout"
		case n < 45:
			path = "/about"
		}
		r, err := http.NewRequestWithContext(context.Background(), method, url+path, http.NoBody)
		if err != nil {
			panic(err)
		}
		if token != "" {
			r.Header.Set("Cookie", session.DefaultCookieName+"="+token)
		}
		began := time.Now()
		resp, err := client.Do(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		done(time.Since(began), err == nil && resp.StatusCode < 400)
		if err != nil {
			continue
		}
		for _, c := range resp.Cookies() {
			if token = c.Value; c.MaxAge < 0 {
				token = ""
			}
		}
	}
}
