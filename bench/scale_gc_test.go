package bench_test

import (
	"context"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"testing"
	"time"

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
	jarOf(m, 1)
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

// collect measures full garbage collections, and the longest time for which they stopped the world.
func collect(b *testing.B) {
	b.Helper()
	before := pauses()
	for b.Loop() {
		runtime.GC()
	}
	b.ReportMetric(float64(longest(before, pauses()).Microseconds()), "max-pause-us")
}

// pauses returns how many pauses of the garbage collector there were, by their length.
func pauses() *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64Histogram()
}

// longest returns the upper bound of the longest pause between two readings.
func longest(before, after *metrics.Float64Histogram) time.Duration {
	for i, n := range slices.Backward(after.Counts) {
		if n > before.Counts[i] {
			return time.Duration(after.Buckets[i+1] * float64(time.Second))
		}
	}
	return 0
}
