package bench_test

import (
	"runtime"
	"sync"
	"testing"
)

// BenchmarkBackendBytes is what a logged-in session takes in each backend, with its user's index: in memory, or on disk.
// Then each is changed five times, by several at once: what is left of that shows in bytes/used-session. And then all log
// out: bytes/tombstone stays until nobody can have the cookie any more.
//
//	go test -run '^$' -bench BackendBytes -benchtime 1x .
func BenchmarkBackendBytes(b *testing.B) {
	n := append(fromEnv(b, "BENCH_BACKENDS"), crowdSize)[0]
	for _, backend := range backends {
		b.Run("backend="+backend.name, func(b *testing.B) {
			p := backend.open(b)
			site := openSite(b, p)
			empty := p.bytes(b)
			cookies := site.populate(b, n)
			held := func() int64 { return p.bytes(b) - empty }
			if p.options.Backend == "" {
				held = func() int64 { return p.bytes(b) - empty - int64(n*(len(cookies[0])+17)) } // the cookies are in the same memory
			}
			b.ReportMetric(float64(held())/float64(n), "bytes/session")
			for range 5 {
				site.all(b, "write", cookies)
			}
			b.ReportMetric(float64(held())/float64(n), "bytes/used-session")
			site.all(b, "logout", cookies)
			b.ReportMetric(float64(held())/float64(n), "bytes/tombstone")
			b.ReportMetric(0, "ns/op")
			runtime.KeepAlive(cookies)
		})
	}
}

// all has every visitor send a request, 32 at a time.
func (s *backendSite) all(b *testing.B, work string, cookies []string) {
	b.Helper()
	var all sync.WaitGroup
	const writers = 32
	for w := range writers {
		all.Go(func() {
			c := client{site: s}
			for i := w; i < len(cookies); i += writers {
				c.send(b, work, cookies[i])
			}
		})
	}
	all.Wait()
}
