package bench_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// perUser is how many sessions each user has in BenchmarkScaleFile.
const perUser = 4

// BenchmarkScaleFile is what grows with the number of files: 10,000, and what BENCH_SCALE_FILES says. Nothing is flushed, so
// that the disk's flushes do not hide the rest.
func BenchmarkScaleFile(b *testing.B) {
	for _, n := range append([]int{10_000}, fromEnv(b, "BENCH_SCALE_FILES")...) {
		b.Run(fmt.Sprintf("sessions=%d", n), func(b *testing.B) {
			f := openFiles(b, n)
			b.Run("work=read", f.read)
			b.Run("work=write", f.write)
			b.Run("work=first-value", f.insert)
			b.Run("work=list-user", f.listUser)
			b.Run("work=list", f.list)
			b.Run("work=sweep", f.sweep)
		})
	}
}

// files is a store with so many sessions.
type files struct {
	store *filestore.Store
	rec   store.Record
	saved []uint64 // the version of each
	next  int
}

func openFiles(b *testing.B, n int) *files {
	b.Helper()
	s, err := filestore.New(filestore.Options{Directory: b.TempDir() + "/sessions", Sync: filestore.SyncNone, SweepInterval: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	f := &files{store: s, rec: recordOf(b), saved: make([]uint64, n), next: n}
	f.rec.Expires = time.Now().Add(24 * time.Hour)
	workers := 4 * runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f.save(b, i, 0)
				f.saved[i] = 1
			}
		})
	}
	wg.Wait()
	return f
}

// keyAt returns the i-th key, spread over all shards as hashes are.
func keyAt(i int) (key store.Key) {
	for j := 0; j < len(key); j += 8 {
		x := (uint64(i) + uint64(j)<<32 + 1) * 0x9e3779b97f4a7c15
		binary.BigEndian.PutUint64(key[j:], x^x>>29)
	}
	return key
}

func userAt(i int) string { return strconv.Itoa(i / perUser) }

// at returns a number that jumps about among those of the sessions.
func (f *files) at(i int) int { return i * 7_368_787 % len(f.saved) }

func (f *files) save(b *testing.B, i int, version uint64) {
	b.Helper()
	rec := f.rec
	rec.User, rec.Version = userAt(i), version
	if err := f.store.Save(context.Background(), keyAt(i), rec); err != nil {
		b.Error(err)
	}
}

func (f *files) read(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := f.store.Load(b.Context(), keyAt(f.at(i))); err != nil {
			b.Fatal(err)
		}
	}
}

func (f *files) write(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := f.at(i)
		f.save(b, at, f.saved[at])
		f.saved[at]++
	}
}

func (f *files) insert(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f.save(b, f.next, 0)
		f.next++
	}
}

func (f *files) listUser(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if n := count(b, f.store, userAt(f.at(i))); n < perUser {
			b.Fatalf("%d sessions of a user were listed, want %d", n, perUser)
		}
	}
}

func count(b *testing.B, s *filestore.Store, user string) (n int) {
	b.Helper()
	for _, err := range s.ListUser(b.Context(), user) {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}

func (f *files) list(b *testing.B) {
	total := 0
	for b.Loop() {
		for _, err := range f.store.List(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			total++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/session")
}

func (f *files) sweep(b *testing.B) {
	for b.Loop() {
		if _, err := f.store.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*f.next), "ns/session")
}
