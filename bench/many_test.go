package bench_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// many is how many visitors have sessions in BenchmarkMany. Every number of goroutines there divides it, or leaves a few
// visitors out.
const many = 10_000

// BenchmarkMany is requests of 10,000 visitors: by one goroutine, and by as many as there are processors.
func BenchmarkMany(b *testing.B) {
	for _, l := range bench.Libraries() {
		b.Run("medium="+l.Medium+"/library="+l.Name, func(b *testing.B) {
			site := open(b, l)
			cookies := fillMany(site, many)
			for _, w := range []bench.Work{bench.Read, bench.Write} {
				for _, parallelism := range []int{0, 1} {
					b.Run(nameOf(w, parallelism), func(b *testing.B) { crowd(b, site, w, cookies, parallelism) })
				}
			}
		})
	}
}

// BenchmarkWriters is 16 goroutines or a few more that write, each for visitors of its own, to what keeps files.
func BenchmarkWriters(b *testing.B) {
	procs := runtime.GOMAXPROCS(0)
	parallelism := (16 + procs - 1) / procs
	for _, l := range bench.Libraries() {
		if l.Medium != "file" {
			continue
		}
		b.Run("medium="+l.Medium+"/library="+l.Name, func(b *testing.B) {
			site := open(b, l)
			cookies := fillMany(site, 64*parallelism*procs)
			b.Run(nameOf(bench.Write, parallelism), func(b *testing.B) { crowd(b, site, bench.Write, cookies, parallelism) })
		})
	}
}

// nameOf names a benchmark with so many goroutines a processor; 0 is one goroutine.
func nameOf(w bench.Work, parallelism int) string {
	return fmt.Sprintf("work=%s/goroutines=%d", w, max(1, parallelism*runtime.GOMAXPROCS(0)))
}

// fillMany begins n sessions, 16 at a time, since some libraries wait for the disk at each.
func fillMany(site bench.Site, n int) []string {
	cookies := make([]string, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				cookies[i] = fill(site)
			}
		})
	}
	wg.Wait()
	return cookies
}

// crowd measures the requests of many visitors, whom the goroutines share out among themselves: no session is used by two.
func crowd(b *testing.B, site bench.Site, w bench.Work, cookies []string, parallelism int) {
	b.Helper()
	goroutines := max(1, parallelism*runtime.GOMAXPROCS(0))
	share := len(cookies) / goroutines
	var taken atomic.Int64
	one := func(next func() bool) {
		from := int(taken.Add(1)-1) * share
		mine := cookies[from : from+share]
		visitor := site.Visitor(w, mine[0])
		for i := 0; next(); i = (i + 1) % len(mine) {
			visitor.As(mine[i])
			visitor.Visit()
		}
	}
	b.ReportAllocs()
	if parallelism == 0 {
		one(b.Loop)
		return
	}
	b.ResetTimer()
	b.SetParallelism(parallelism)
	b.RunParallel(func(pb *testing.PB) { one(pb.Next) })
}
