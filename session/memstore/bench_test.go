package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

// A benchmark's sessions have values of benchValues bytes, and no user.
const benchValues = 200

// sizes are the numbers of sessions to measure with. MEMSTORE_SESSIONS adds one, such as 10000000.
func sizes(b *testing.B) []int {
	b.Helper()
	sizes := []int{1000, 10_000, 1_000_000}
	if more := os.Getenv("MEMSTORE_SESSIONS"); more != "" {
		n, err := strconv.Atoi(more)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// fill makes a store of n sessions.
func fill(tb testing.TB, n int) *memstore.Store {
	tb.Helper()
	return fillSize(tb, n, benchValues)
}

// fillSize makes a store of n sessions with values of the given size.
func fillSize(tb testing.TB, n, size int) *memstore.Store {
	tb.Helper()
	s := newStore(tb, memstore.Options{MaxSessions: n + 1, MaxBytes: 1 << 40})
	rec := newRecord(size)
	for i := range n {
		if err := s.Save(context.Background(), keyOf(i), rec); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// pick returns one of n, each as seldom as any other and far from the one before.
func pick(i, n int) int {
	high, _ := bits.Mul64(uint64(i)*0x9e3779b97f4a7c15, uint64(n))
	return int(high)
}

// A visit is a session and its version. Visits stand in the order in which a benchmark makes them, so that finding the
// next is not measured, and far from the order in which the sessions were saved.
type visit struct {
	key     store.Key
	version atomic.Uint64
}

func visits(n int) []visit {
	visits := make([]visit, n)
	for i := range visits {
		visits[i].key = keyOf(pick(i, n))
		visits[i].version.Store(1)
	}
	return visits
}

// A run is a benchmark with a number of sessions.
type run struct {
	*testing.B
	store  *memstore.Store
	visits []visit
}

func benchmark(b *testing.B, f func(b *run)) {
	b.Helper()
	for _, n := range sizes(b) {
		b.Run(fmt.Sprintf("sessions=%d", n), func(b *testing.B) {
			s, visits := fill(b, n), visits(n)
			runtime.GC()
			b.ReportAllocs()
			b.ResetTimer()
			f(&run{b, s, visits})
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	benchmark(b, func(b *run) {
		for i := 0; b.Loop(); i++ {
			if _, err := b.store.Load(context.Background(), b.visits[i%len(b.visits)].key); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLoadParallel(b *testing.B) {
	benchmark(b, func(b *run) {
		var start atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for i := int(start.Add(int64(len(b.visits) / 3))); pb.Next(); i++ {
				if _, err := b.store.Load(context.Background(), b.visits[i%len(b.visits)].key); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkSave(b *testing.B) {
	benchmark(b, func(b *run) {
		rec := newRecord(benchValues)
		for i := 0; b.Loop(); i++ {
			v := &b.visits[i%len(b.visits)]
			rec.Version = v.version.Load()
			if err := b.store.Save(context.Background(), v.key, rec); errors.Is(err, store.ErrConflict) {
				continue // picked twice
			} else if err != nil {
				b.Fatal(err)
			}
			v.version.Add(1)
		}
	})
}

func BenchmarkSaveParallel(b *testing.B) {
	benchmark(b, func(b *run) {
		var start atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			rec := newRecord(benchValues)
			for i := int(start.Add(int64(len(b.visits) / 3))); pb.Next(); i++ {
				v := &b.visits[i%len(b.visits)]
				rec.Version = v.version.Load()
				if err := b.store.Save(context.Background(), v.key, rec); errors.Is(err, store.ErrConflict) {
					continue // the other goroutine was at the same one
				} else if err != nil {
					b.Error(err)
					return
				}
				v.version.Add(1)
			}
		})
	})
}

func BenchmarkInsertAndDelete(b *testing.B) {
	benchmark(b, func(b *run) {
		rec, past := newRecord(benchValues), time.Now().Add(-time.Hour)
		for i := 0; b.Loop(); i++ {
			key := b.visits[i%len(b.visits)].key
			if err := b.store.Delete(context.Background(), key, past); err != nil {
				b.Fatal(err)
			}
			if err := b.store.Save(context.Background(), key, rec); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkListUser measures a list of the three sessions of one of many users.
func BenchmarkListUser(b *testing.B) {
	for _, n := range sizes(b) {
		b.Run(fmt.Sprintf("sessions=%d", n), func(b *testing.B) {
			s := newStore(b, memstore.Options{MaxSessions: n, MaxBytes: 1 << 40})
			rec := newRecord(benchValues)
			for i := range n {
				rec.User = strconv.Itoa(i / 3)
				if err := s.Save(context.Background(), keyOf(i), rec); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				got := 0
				for _, err := range s.ListUser(context.Background(), strconv.Itoa(pick(i, n/3))) {
					if err != nil {
						b.Fatal(err)
					}
					got++
				}
				if got != 3 {
					b.Fatalf("%d sessions of a user, want 3", got)
				}
			}
		})
	}
}

// BenchmarkSweep measures what it costs to remove one record that has expired.
func BenchmarkSweep(b *testing.B) {
	const n = 200_000
	s := newStore(b, memstore.Options{})
	for removed := n; b.Loop(); removed++ {
		if removed < n {
			continue
		}
		removed = 0
		b.StopTimer()
		rec := newRecord(benchValues)
		rec.Expires = time.Now().Add(time.Second)
		for i := range n {
			if err := s.Save(context.Background(), keyOf(i), rec); err != nil {
				b.Fatal(err)
			}
		}
		<-time.After(time.Until(rec.Expires))
		b.StartTimer()
		if _, err := s.Sweep(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGC measures a full collection of the garbage, with the sessions in a Store and in the map that one would
// write first.
func BenchmarkGC(b *testing.B) {
	for _, n := range sizes(b)[2:] {
		b.Run(fmt.Sprintf("sessions=%d/memstore", n), func(b *testing.B) {
			s := fill(b, n)
			collect(b, n)
			runtime.KeepAlive(s)
		})
		b.Run(fmt.Sprintf("sessions=%d/map", n), func(b *testing.B) {
			m := map[string]*store.Record{}
			for i := range n {
				key, rec := keyOf(i), newRecord(benchValues)
				m[string(key[:])] = &rec
			}
			collect(b, n)
			runtime.KeepAlive(m)
		})
	}
}

func collect(b *testing.B, n int) {
	b.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		runtime.GC()
	}
	b.ReportMetric(float64(before.HeapAlloc)/float64(n), "heap-B/session")
}
