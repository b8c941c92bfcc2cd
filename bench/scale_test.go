package bench_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/proapi-go/proapi/bench"
	"github.com/proapi-go/proapi/session"
)

// BenchmarkScale is what grows with the number of sessions: a read through the middleware, the heap, and a full garbage
// collection, with its pauses, beside that of a program that holds nothing. BENCH_SCALE adds a number of sessions.
func BenchmarkScale(b *testing.B) {
	b.Run("medium=none/sessions=0/work=gc", collect)
	for _, n := range append([]int{10_000, 100_000, 1_000_000}, fromEnv(b, "BENCH_SCALE")...) {
		b.Run(fmt.Sprintf("medium=memory/sessions=%d", n), func(b *testing.B) { scale(b, n) })
		b.Run(fmt.Sprintf("medium=map/sessions=%d", n), func(b *testing.B) { scaleMap(b, n) })
	}
}

var memory = session.Options{BackendOptions: session.BackendOptions{"max_sessions": 100_000_000, "max_bytes": 64 << 30}}

// fromEnv returns the number in an environment variable, or none.
func fromEnv(b *testing.B, name string) []int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s is %q: it takes a number of sessions", name, text)
	}
	return []int{n}
}

// scale measures the store in memory with n sessions. The sessions are older than the interval at which a read stores the time of the
// last use, once there are many: it is off, so that reads are reads.
func scale(b *testing.B, n int) {
	b.Helper()
	empty := heap()
	o := memory
	o.SecretKey, o.SeenInterval = bench.Secret, -1
	m, err := session.New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	site := siteOf(m)
	cookies := jarOf(site, n)
	held := heap() - empty - uint64(len(cookies.all))
	b.Run("work=read", func(b *testing.B) {
		v := site.Visitor(bench.Read, cookies.at(0))
		b.ReportAllocs()
		var took time.Duration
		began := time.Now()
		for i := 0; b.Loop(); i++ {
			if i%fetched == 0 {
				took += time.Since(began)
				cookies.fetch(i)
				began = time.Now()
			}
			v.As(cookies.at(i))
			v.Visit()
		}
		took += time.Since(began)
		b.ReportMetric(float64(took)/float64(b.N), "ns/op")
		b.ReportMetric(float64(held)/float64(n), "heap-B/session")
	})
	b.Run("work=gc", collect)
	runtime.KeepAlive(m)
}
