package redisstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
)

// The sizes of values, in bytes.
var benchSizes = []int{200, 2000, 20_000}

func benchStore(b *testing.B) session.Store {
	b.Helper()
	return opened(b, session.BackendOptions{"url": "redis://" + testredis.Start(b).Addr()})
}

func BenchmarkLoad(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := benchStore(b)
			key, _ := saved(b, s, strings.Repeat("v", size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(b.Context(), key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := benchStore(b)
			key, rec := saved(b, s, strings.Repeat("v", size))
			b.ReportAllocs()
			for b.Loop() {
				save(b, s, key, &rec)
			}
		})
	}
}

func BenchmarkLogin(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		saved(b, s, "v")
	}
}

// BenchmarkParallel loads twice and saves once, as a hundred visitors do.
func BenchmarkParallel(b *testing.B) {
	s := benchStore(b)
	var visitors atomic.Int64
	b.SetParallelism(50)
	b.RunParallel(func(p *testing.PB) {
		visitors.Add(1)
		key, rec := saved(b, s, strings.Repeat("v", 500))
		for n := 0; p.Next(); n++ {
			if n%3 == 2 {
				save(b, s, key, &rec)
			} else if _, err := s.Load(b.Context(), key); err != nil && !errors.Is(err, session.ErrNotFound) {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(visitors.Load()), "visitors")
}

// BenchmarkBytes says how much memory the server needs for a session of 300 bytes of values, and for a tombstone.
func BenchmarkBytes(b *testing.B) {
	server := testredis.Start(b)
	s := opened(b, session.BackendOptions{"url": "redis://" + server.Addr()})
	const n = 5000
	for b.Loop() {
		server.Do(b, "FLUSHALL")
		before := usedMemory(b, server)
		keys := make([]session.Key, n)
		for i := range n {
			key, rec := newKey(), record(strings.Repeat("v", 300))
			rec.User = fmt.Sprint("user-", i)
			save(b, s, key, &rec)
			keys[i] = key
		}
		b.ReportMetric(float64(usedMemory(b, server)-before)/n, "bytes/session")
		for _, key := range keys {
			remove(b, s, key)
		}
		b.ReportMetric(float64(usedMemory(b, server)-before)/n, "bytes/tombstone")
	}
}

func usedMemory(b *testing.B, server *testredis.Server) (n int) {
	b.Helper()
	for line := range strings.Lines(server.Do(b, "INFO", "memory")) {
		if strings.HasPrefix(line, "used_memory:") {
			_, _ = fmt.Sscanf(line, "used_memory:%d", &n)
		}
	}
	return n
}
