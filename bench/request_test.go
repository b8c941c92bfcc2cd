package bench_test

import (
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// BenchmarkRequest is one request at a time, of one visitor; what is in memory holds the sessions of many others besides,
// as that of a site does.
func BenchmarkRequest(b *testing.B) {
	works := []bench.Work{bench.Untouched, bench.Read, bench.Write, bench.Modify, bench.FirstVisit, bench.FirstValue}
	for _, l := range bench.Libraries() {
		b.Run("medium="+l.Medium+"/library="+l.Name, func(b *testing.B) {
			site := open(b, l)
			if l.Medium == "memory" {
				fillMany(site, many)
			}
			for _, w := range works {
				b.Run("work="+string(w), func(b *testing.B) { benchmarkWork(b, site, w) })
			}
		})
	}
}

func benchmarkWork(b *testing.B, site bench.Site, w bench.Work) {
	b.Helper()
	v := site.Visitor(w, cookieFor(site, w))
	if v == nil {
		b.SkipNow()
	}
	b.ReportAllocs()
	for b.Loop() {
		v.Visit()
	}
}
