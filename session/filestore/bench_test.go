package filestore_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

var benchValues = string(make([]byte, 200))

// BenchmarkFloor is what the system asks for the same work without a store.
func BenchmarkFloor(b *testing.B) {
	content := make([]byte, 260)
	b.Run("stat", func(b *testing.B) {
		path := benchFile(b, content)
		for b.Loop() {
			if _, err := os.Lstat(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open-read-close", func(b *testing.B) {
		path := benchFile(b, content)
		for b.Loop() {
			if _, err := os.ReadFile(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, flush := range map[string]bool{"write-rename": false, "write-fsync-rename": true} {
		b.Run(name, func(b *testing.B) {
			path := benchFile(b, content)
			for b.Loop() {
				f, err := os.OpenFile(path+"~", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = f.Write(content)
				if flush {
					_ = f.Sync()
				}
				_ = f.Close()
				if err := os.Rename(path+"~", path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchFile(b *testing.B, content []byte) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "3f0c5d413f0c5d413f0c5d413f0c5d413f0c5d413f0c5d413f0c5d413f0c5d41")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkLoad(b *testing.B) {
	for name, cache := range map[string]int64{"unchanged": 0, "uncached": -1} {
		b.Run(name, func(b *testing.B) {
			directory := b.TempDir()
			s := open(b, filestore.Options{Directory: directory, CacheBytes: cache})
			filestore.TrustAtOnce(s)
			key, _ := saved(b, s, directory, benchValues)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(ctx, key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for _, sync := range []filestore.Sync{filestore.SyncNone, filestore.SyncInterval, filestore.SyncAlways} {
		b.Run(sync.String(), func(b *testing.B) {
			directory := b.TempDir()
			s := open(b, filestore.Options{Directory: directory, Sync: sync})
			key, rec := newKey(), record(benchValues)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Save(ctx, key, rec); err != nil {
					b.Fatal(err)
				}
				rec.Version++
			}
		})
	}
}

// BenchmarkSave16 has 16 writers, each with sessions of its own.
func BenchmarkSave16(b *testing.B) {
	const writers, each = 16, 50
	for _, sync := range []filestore.Sync{filestore.SyncNone, filestore.SyncInterval, filestore.SyncAlways} {
		b.Run(sync.String(), func(b *testing.B) {
			s := open(b, filestore.Options{Directory: b.TempDir(), Sync: sync})
			var keys [writers][each]store.Key
			for i := range writers * each {
				key := newKey()
				save(b, s, key, record(benchValues))
				keys[i/each][i%each] = key
			}
			ctx := context.Background()
			var writer atomic.Int64
			b.SetParallelism(writers / runtime.GOMAXPROCS(0))
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				mine := &keys[(writer.Add(1)-1)%writers]
				rec := record(benchValues)
				for i := 0; pb.Next(); i++ {
					rec.Version = 1 + uint64(i/each)
					if err := s.Save(ctx, mine[i%each], rec); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkSweep is the cost of looking at one session that has not ended.
func BenchmarkSweep(b *testing.B) {
	directory := b.TempDir()
	s := open(b, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	const n = 5000
	for i := range n {
		saved(b, s, directory, strconv.Itoa(i))
	}
	var looked atomic.Int64
	for b.Loop() {
		if _, err := s.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
		looked.Add(n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(looked.Load()), "ns/session")
}
