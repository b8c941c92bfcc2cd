package bench_test

import (
	"context"
	"runtime"
	"runtime/metrics"
	"strconv"
	"testing"

	"github.com/proapi-go/proapi/bench"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// scaleMap measures the map that one would write first, with the records that the engine makes.
func scaleMap(b *testing.B, n int) {
	b.Helper()
	rec := recordOf(b)
	empty := heap()
	m := make(map[string]*session.Record)
	for i := range n {
		own := rec
		own.Values = append([]byte{}, rec.Values...)
		m["a key that is 32 bytes "+strconv.Itoa(1_000_000_000 + i)[1:]] = &own
	}
	held := heap() - empty
	b.Run("work=gc", func(b *testing.B) {
		collect(b)
		b.ReportMetric(float64(held)/float64(n), "heap-B/session")
		b.ReportMetric(float64(rec.EncodedSize()), "record-B")
	})
	runtime.KeepAlive(m)
}

// A keeper is a store that keeps the last record for the benchmark as well.
type keeper struct {
	session.Store
	last session.Record
}

// Save copies the values, which are the caller's.
func (k *keeper) Save(ctx context.Context, key session.Key, rec session.Record) error {
	k.last = rec
	k.last.Values = append([]byte{}, rec.Values...)
	return k.Store.Save(ctx, key, rec)
}

// recordOf returns the record of a session that holds bench.Values.
func recordOf(b *testing.B) session.Record {
	b.Helper()
	inner, err := memstore.New(memstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = inner.Close() }()
	k := &keeper{Store: inner}
	m, err := session.New(session.Options{SecretKey: bench.Secret, Store: k})
	if err != nil {
		b.Fatal(err)
	}
	jarOf(siteOf(m), 1)
	return k.last
}

// heap returns the bytes of the heap that are in use, after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // frees what the first one found to be finalised
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// collect measures full garbage collections, and for how long they stopped the world: at the longest, in the middle, and with
// which one in a hundred was longer. A stop begins with the wait until every processor has heard of it, which is as long as
// the machine keeps one of them from running; that is reported apart.
func collect(b *testing.B) {
	b.Helper()
	before := pauses()
	for b.Loop() {
		runtime.GC()
	}
	all, waits := since(before[0], pauses()[0]), since(before[1], pauses()[1])
	b.ReportMetric(all.quantile(1), "max-pause-us")
	b.ReportMetric(all.quantile(0.5), "p50-pause-us")
	b.ReportMetric(all.quantile(0.99), "p99-pause-us")
	b.ReportMetric(waits.quantile(1), "max-stopping-us")
}

// pauses returns how many stops of the world by the collector there were, by their length, and by the length of the wait with
// which they began.
func pauses() [2]*metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/sched/pauses/stopping/gc:seconds"}}
	metrics.Read(s)
	return [2]*metrics.Float64Histogram{s[0].Value.Float64Histogram(), s[1].Value.Float64Histogram()}
}

// A histogram is what was counted between two readings.
type histogram struct {
	counts  []uint64
	total   uint64
	buckets []float64 // seconds
}

func since(before, after *metrics.Float64Histogram) histogram {
	h := histogram{buckets: after.Buckets}
	for i, n := range after.Counts {
		h.counts = append(h.counts, n-before.Counts[i])
		h.total += n - before.Counts[i]
	}
	return h
}

// quantile returns the upper bound, in microseconds, of what a share of all was not longer than.
func (h histogram) quantile(share float64) float64 {
	seen := uint64(0)
	for i, n := range h.counts {
		if seen += n; n > 0 && float64(seen) >= share*float64(h.total) {
			return h.buckets[i+1] * 1e6
		}
	}
	return 0
}
