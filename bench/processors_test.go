package bench_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// BenchmarkProcessors is what a second processor gives: the requests of BenchmarkMany, and the two floors, by one goroutine for each
// processor, where the program has one and where it has all. One goroutine that has all of them to itself, as in BenchmarkMany, leaves
// its garbage to the others.
func BenchmarkProcessors(b *testing.B) {
	site := open(b, bench.Libraries()[0])
	cookies := fillMany(site, many)
	for _, w := range []bench.Work{bench.Read, bench.Write} {
		onProcessors(b, "library=proapi/work="+string(w), func(b *testing.B) { crowd(b, site, w, cookies, 1) })
	}
	floors := newFloors(b)
	onProcessors(b, "library=floor/work=hmac+cookie", func(b *testing.B) { inParallel(b, floors) })
}

// onProcessors runs a benchmark with one processor, and with all that there are.
func onProcessors(b *testing.B, name string, measure func(b *testing.B)) {
	b.Helper()
	for _, n := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("medium=memory/%s/processors=%d", name, n), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
			measure(b)
		})
	}
}
