package torture_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
)

// What a client costs that waits, and what stays when it has gone, by profiles of the heap with 20,000 of each kind (see
// profileHeap). All of it is net/http's and Go's:
//
//	4 KiB   bufio.Reader of the connection
//	4 KiB   bufio.Writer of the connection
//	0.5 KiB descriptor of the goroutine, which Go keeps for the next one
//	1 KiB   connection, its address, contexts, timers
//	1 KiB   request whose header has begun; 5 KiB where a handler waits for the body, with response and session
//	8 KiB   stack of the goroutine; 4 KiB until something has come
//
// That is 13 to 22.4 KiB, of which 0.55 KiB stay: the descriptor, and the room in the tables of timers and of connections.
const (
	mostOfWaiting = 26 << 10
	mostThatStays = 1 << 10
)

// A waste is a way to keep a server waiting.
type waste struct{ name, say string }

var wastes = []waste{
	{"half a header", "GET / HTTP/1.1\r\nHost: shop\r\nX-Slow: "},
	{"nothing at all", ""},
	{"half a body", "POST / HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"},
	{"no second request", "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"},
}

// TestSlowClientsAreTimedOut lets clients waste a server's time over real sockets, as many at once as this process may have
// descriptors, round after round.
func TestSlowClientsAreTimedOut(t *testing.T) {
	all := forms(t, 400, min(100_000, len(wastes)*mostGoroutines))
	s := openToAll(t, all/10_000+1, forms(t, 500*time.Millisecond, 15*time.Second))
	most := min(forms(t, all/len(wastes), all), descriptorLimit(t)-descriptorsOf(t)-100, mostGoroutines)
	s.ask(t)
	before := stateNow(t)
	for round, done := 0, 0; done < all; round++ {
		n := min(most, all-done)
		s.suffer(t, wastes[round%len(wastes)], n)
		done += n
	}
	var after state
	waitFor(t, func() bool {
		after = stateNow(t)
		return after.goroutines <= before.goroutines && after.descriptors <= before.descriptors
	})
	profileHeap(t, "afterwards")
	t.Logf("before: %v; after %d slow clients, up to %d at once: %v", before, all, most, after)
	if after.heap-before.heap > megabyte+int64(most)*mostThatStays {
		t.Error("memory stays")
	}
}

// wasted is a server whose time is wasted.
type wasted struct {
	addresses []string // more than one, as a client has some 28,000 ports for each
	timeout   time.Duration
	client    *http.Client // an ordinary one
}

func openToAll(t *testing.T, listeners int, timeout time.Duration) *wasted {
	t.Helper()
	app, err := proapi.New(proapi.Options{
		ReadHeaderTimeout: timeout, ReadTimeout: timeout, IdleTimeout: timeout, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/", func(*proapi.Request) (any, error) { return "here", nil })
	app.Post("/", func(r *proapi.Request) (any, error) { return nil, r.Bind(&struct{}{}) })
	s := &wasted{timeout: timeout, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	for range listeners {
		l := onLoopback(t)
		serveOn(t, app, l)
		s.addresses = append(s.addresses, l.Addr().String())
	}
	return s
}

// suffer lets slow clients come, and returns when they are gone. All have to be cut off, none before its time, and an ordinary
// client has its answers meanwhile.
func (s *wasted) suffer(t *testing.T, w waste, n int) {
	t.Helper()
	before := stateNow(t)
	before.goroutines++ // one hears what becomes of them
	p, became := slowClients{s.addresses, n, w.say}.start(t)
	defer p.stop()
	peak := s.peak(t, before.goroutines+n)
	profileHeap(t, w.name)
	asked, slowest := 0, time.Duration(0)
	for {
		select {
		case c := <-became:
			t.Logf("%d clients, %s: %v; cut off after %v to %v; %d others answered meanwhile, each within %v",
				n, w.name, peak.since(before), c.Shortest.Round(time.Millisecond), c.Longest.Round(time.Millisecond), asked, slowest.Round(time.Millisecond))
			if c.Ended != n || c.Shortest < s.timeout {
				t.Errorf("%s: not all are cut off, or too early: %+v", w.name, c)
			}
			if heap, stack := peak.each(before); heap+stack > mostOfWaiting {
				t.Errorf("%s: each costs more than %d bytes", w.name, mostOfWaiting)
			}
			return
		case <-time.After(10 * time.Millisecond):
			slowest = max(slowest, s.ask(t))
			asked++
		}
	}
}

// peak returns the state when the server has taken so many goroutines, one for each client; or in the middle of the time for
// which a client may be slow, where it is late.
func (s *wasted) peak(t *testing.T, goroutines int) state {
	t.Helper()
	for late := time.Now().Add(s.timeout / 2); runtime.NumGoroutine() < goroutines && time.Now().Before(late); {
		wait(nil, time.Millisecond)
	}
	return stateNow(t)
}

// ask sends an ordinary request over a connection of its own, and returns how long that took.
func (s *wasted) ask(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	resp, err := s.client.Get("http://" + s.addresses[0]) //nolint:noctx // the test has a deadline
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "here" {
		t.Errorf("an ordinary client is answered %q, %v", body, err)
	}
	return time.Since(began)
}

// A state is what a process holds.
type state struct {
	goroutines, descriptors int
	heap, stacks            int64 // bytes
}

func stateNow(t *testing.T) state {
	t.Helper()
	runtime.GC()
	runtime.GC() // what pools kept over the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return state{runtime.NumGoroutine(), descriptorsOf(t), int64(m.HeapAlloc), int64(m.StackInuse)}
}

func (s state) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, heap of %d KiB, stacks of %d KiB", s.goroutines, s.descriptors, s.heap>>10, s.stacks>>10)
}

// since says what has come since.
func (s state) since(before state) string {
	heap, stack := s.each(before)
	return fmt.Sprintf("%d at once, each with %d bytes of heap and %d of stack", s.goroutines-before.goroutines, heap, stack)
}

// each returns the bytes of each goroutine that has come.
func (s state) each(before state) (heap, stack int64) {
	n := int64(max(1, s.goroutines-before.goroutines))
	return (s.heap - before.heap) / n, (s.stacks - before.stacks) / n
}

// profileHeap writes what the heap is made of into the directory that TORTURE_PROFILES names, if it does.
func profileHeap(t *testing.T, name string) {
	t.Helper()
	directory := os.Getenv("TORTURE_PROFILES")
	if directory == "" {
		return
	}
	f, err := os.Create(directory + "/" + name + ".pprof")
	if err == nil {
		err = pprof.WriteHeapProfile(f)
	}
	if err != nil {
		t.Error(err)
	}
	_ = f.Close()
}

// waitFor waits until ok, which others bring about.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("what the test waits for does not come")
		}
		wait(nil, 5*time.Millisecond)
	}
}
