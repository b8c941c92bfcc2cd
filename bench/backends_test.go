package bench_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/bench"
	"github.com/proapi-go/proapi/session"
)

// crowdSize is how many visitors have sessions in BenchmarkBackends; BENCH_BACKENDS is another number.
const crowdSize = 10_000

// BenchmarkBackends is requests to each backend, from the middleware's entry to an answer in memory, by one goroutine and by
// 64: requests a second, the time of the middle one and of the slowest in a hundred, the processor's time that they took, ours
// and the server's, and the bytes that went over the network to Redis and back, or into PostgreSQL's log. Clients,
// application and server share the machine.
//
//	go test -run '^$' -bench Backends -benchtime 2s .
func BenchmarkBackends(b *testing.B) {
	n := append(fromEnv(b, "BENCH_BACKENDS"), crowdSize)[0]
	for _, backend := range backends {
		b.Run("backend="+backend.name, func(b *testing.B) {
			p := backend.open(b)
			site := openSite(b, p)
			cookies := site.populate(b, n)
			for _, work := range []string{"read", "write", "login", "login-logout"} {
				for _, goroutines := range []int{1, 64} {
					b.Run(fmt.Sprintf("work=%s/goroutines=%d", work, goroutines), func(b *testing.B) {
						site.measure(b, work, cookies, goroutines, p)
					})
				}
			}
		})
	}
}

// A backendSite is an application whose handlers do one work each.
type backendSite struct {
	handlers map[string]http.Handler
	users    atomic.Int64 // the last one's number
}

func openSite(b *testing.B, p *place) *backendSite {
	b.Helper()
	o := p.options
	o.SecretKey, o.MaxAge, o.SeenInterval = bench.Secret, 24*time.Hour, -1 // a read is a read
	o.StoreTimeout, o.Logger = time.Minute, slog.New(slog.DiscardHandler)
	m, err := session.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = m.Close() })
	s := &backendSite{handlers: map[string]http.Handler{}}
	logIn := func(held *session.Session) {
		held.Update(bench.Values())
		held.Login(fmt.Sprintf("user-%d", s.users.Add(1)))
	}
	for work, use := range map[string]func(*session.Session){
		"read": func(held *session.Session) {
			if held.Get("visits") == nil || held.Get("name") != "Ada" {
				panic("a session does not hold what was stored")
			}
		},
		"write":  func(held *session.Session) { held.Set("visits", int(s.users.Add(1))) },
		"login":  logIn,
		"logout": (*session.Session).Logout,
	} {
		s.handlers[work] = m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			use(session.From(r.Context()))
			w.WriteHeader(http.StatusNoContent)
		}))
	}
	return s
}

// A client sends requests one after the other, and notes how long each took. It is for one goroutine.
type client struct {
	site   *backendSite
	header http.Header
	status int
	took   []time.Duration
}

func (c *client) Header() http.Header         { return c.header }
func (c *client) Write(b []byte) (int, error) { return len(b), nil }
func (c *client) WriteHeader(status int)      { c.status = status }

// send sends a request and returns the cookie of the answer.
func (c *client) send(b *testing.B, work, cookie string) string {
	c.header, c.status = http.Header{}, 0
	r := (&http.Request{Method: http.MethodGet, Header: http.Header{}, Host: "example.com"}).WithContext(context.Background())
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	c.site.handlers[work].ServeHTTP(c, r)
	if c.status != http.StatusNoContent {
		b.Errorf("%s: status %d", work, c.status)
	}
	for _, set := range (&http.Response{Header: c.header}).Cookies() {
		return set.Name + "=" + set.Value
	}
	return ""
}

// populate logs visitors in and returns their cookies.
func (s *backendSite) populate(b *testing.B, n int) []string {
	b.Helper()
	cookies := make([]string, n)
	var all sync.WaitGroup
	const writers = 32
	for w := range writers {
		all.Go(func() {
			c := client{site: s}
			for i := w; i < n; i += writers {
				cookies[i] = c.send(b, "login", "")
			}
		})
	}
	all.Wait()
	return cookies
}

// measure has so many goroutines do the work, each for visitors of its own.
func (s *backendSite) measure(b *testing.B, work string, cookies []string, goroutines int, p *place) {
	var taken, left atomic.Int64
	left.Store(int64(b.N))
	clients := make([]client, goroutines)
	share := len(cookies) / goroutines
	before, serverBefore, flowBefore := ownCPU(), p.cpu(), p.flow(b)
	b.ResetTimer()
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			mine := int(taken.Add(1) - 1)
			c := &clients[mine]
			c.site = s
			for i := 0; left.Add(-1) >= 0; i++ {
				began := time.Now()
				c.do(b, work, cookies[mine*share+i%share])
				c.took = append(c.took, time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	own, servers, flow := ownCPU()-before, p.cpu()-serverBefore, p.flow(b)-flowBefore
	var took []time.Duration
	for i := range clients {
		took = append(took, clients[i].took...)
	}
	slices.Sort(took)
	micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(micros(took[len(took)/2]), "p50-µs")
	b.ReportMetric(micros(took[len(took)*99/100]), "p99-µs")
	b.ReportMetric(micros(own)/float64(b.N), "app-cpu-µs")
	b.ReportMetric(micros(servers)/float64(b.N), "server-cpu-µs")
	if p.flowUnit != "" {
		b.ReportMetric(float64(flow)/float64(b.N), p.flowUnit)
	}
	b.ReportMetric(0, "ns/op") // an average over goroutines, which says nothing
	runtime.KeepAlive(cookies)
}

func (c *client) do(b *testing.B, work, cookie string) {
	switch work {
	case "login":
		c.send(b, work, "")
	case "login-logout":
		c.send(b, "logout", c.send(b, "login", ""))
	default:
		c.send(b, work, cookie)
	}
}
