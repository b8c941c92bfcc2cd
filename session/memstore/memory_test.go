package memstore_test

import (
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestSessionCostsLittleMoreThanItsRecord(t *testing.T) {
	for _, size := range []int{30, 200, 500} {
		rec := newRecord(size)
		nobodys := heapOf(t, func(int) store.Record { return rec })
		users := make([]string, 100_000)
		for i := range users {
			users[i] = strconv.Itoa(1_000_000 + i) // 7 bytes, which the values lack
		}
		owned := heapOf(t, func(i int) store.Record {
			rec := rec
			rec.User, rec.Values = users[i], rec.Values[7:]
			return rec
		})
		if most := rec.EncodedSize()*3/2 + 64; nobodys > most {
			t.Errorf("a record of %d bytes takes %d of the heap, want at most %d", rec.EncodedSize(), nobodys, most)
		}
		if owned > nobodys+20 {
			t.Errorf("a record of %d bytes takes %d of the heap, and %d with a user", rec.EncodedSize(), nobodys, owned)
		}
	}
}

// heapOf returns how many bytes of the heap a record takes, of a hundred thousand.
func heapOf(t *testing.T, record func(i int) store.Record) int {
	t.Helper()
	const n = 100_000
	before := heap()
	s := newStore(t, memstore.Options{})
	for i := range n {
		save(t, s, keyOf(i), record(i))
	}
	after := heap()
	runtime.KeepAlive(record)
	_ = s.Close()
	return int(after-before) / n
}

// heap returns the bytes of the heap that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMemoryIsUsedAgain(t *testing.T) {
	const n = 20_000
	s := fillSize(t, n, 100)
	before, past := s.Capacity(), time.Now().Add(-time.Hour)
	for i := range 200_000 {
		if err := s.Delete(t.Context(), keyOf(i), past); err != nil {
			t.Fatal(err)
		}
		save(t, s, keyOf(i+n), newRecord(100))
	}
	if after := s.Capacity(); after > before*3/2 {
		t.Errorf("after 200,000 sessions came and went the memory has grown from %d to %d bytes", before, after)
	}
	check(t, s)
}

func TestMemoryIsGivenBack(t *testing.T) {
	const n = 100_000
	s := fillSize(t, n, 100)
	records := s.Capacity()
	end := func(until time.Time) int {
		for i := range n {
			if err := s.Delete(t.Context(), keyOf(i), until); err != nil {
				t.Fatal(err)
			}
		}
		return s.Capacity()
	}
	tombstones := end(time.Now().Add(time.Hour)) // slots of 80 bytes where there were 176
	again := end(time.Now().Add(2 * time.Hour))
	if tombstones > records*3/4 || again != tombstones {
		t.Errorf("records take %d bytes, their tombstones %d, and %d when deleted again", records, tombstones, again)
	}
}

func TestMemoryIsGivenBackWhenMostIsGone(t *testing.T) {
	const n = 100_000
	s := fillSize(t, n, 100)
	before := s.Capacity()
	removeKeys(t, s, n/20, n)
	if after := s.Capacity(); after > before/5 {
		t.Errorf("records took %d bytes, and a twentieth of them takes %d", before, after)
	}
	check(t, s)
}

func TestMemoryIsGivenBackWhenAllIsGone(t *testing.T) {
	const n = 100_000
	s := fillSize(t, n, 100)
	before, past := s.Capacity(), time.Now().Add(-time.Hour)
	for i := range n {
		if err := s.Delete(t.Context(), keyOf(i), past); err != nil {
			t.Fatal(err)
		}
	}
	if after := s.Capacity(); after > before/40 {
		t.Errorf("records took %d bytes, and when they are gone there are %d", before, after)
	}
}

func TestLoadAndSaveHardlyAllocate(t *testing.T) {
	s := newStore(t, memstore.Options{})
	ctx := t.Context()
	plain, owned := newRecord(200), newRecord(200)
	owned.User = "somebody"
	save(t, s, keyOf(1), plain)
	save(t, s, keyOf(2), owned)
	for _, tt := range []struct {
		name string
		most float64
		f    func() error
	}{
		{"Load", 1, func() error { _, err := s.Load(ctx, keyOf(1)); return err }},
		{"Load of a user's", 2, func() error { _, err := s.Load(ctx, keyOf(2)); return err }},
		{"Save", 0, func() error {
			plain.Version++
			plain.Expires = plain.Expires.Add(time.Second)
			return s.Save(ctx, keyOf(1), plain)
		}},
		{"Save of a user's", 0, func() error { owned.Version++; return s.Save(ctx, keyOf(2), owned) }},
		{"Load of none", 0, func() error { _, err := s.Load(ctx, keyOf(3)); return ignore(err, store.ErrNotFound) }},
		{"Save that conflicts", 0, func() error { return ignore(s.Save(ctx, keyOf(3), plain), store.ErrConflict) }},
	} {
		got := testing.AllocsPerRun(100, func() {
			if err := tt.f(); err != nil {
				t.Fatalf("%s returned %v", tt.name, err)
			}
		}) - testing.AllocsPerRun(100, func() { keyOf(1) })
		if got > tt.most {
			t.Errorf("%s allocates %v times, want at most %v", tt.name, got, tt.most)
		}
	}
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func TestManyMayUseItWhileItIsSwept(t *testing.T) {
	s := newStore(t, memstore.Options{MaxSessions: 300, SweepInterval: time.Millisecond})
	var saved, want atomic.Int64
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				key := keyOf((i*7 + g) % 500)
				rec, _ := s.Load(t.Context(), key)
				fresh := newRecord((i * g) % 700)
				fresh.Version = rec.Version
				fresh.Expires = time.Now().Add(time.Duration(i%20) * time.Millisecond)
				err := s.Save(t.Context(), key, fresh)
				if err == nil {
					saved.Add(1)
				} else if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrFull) {
					t.Error(err)
				}
				want.Add(1)
			}
		})
	}
	wg.Wait()
	if saved.Load() < want.Load()/10 {
		t.Errorf("%d of %d saves succeeded", saved.Load(), want.Load())
	}
	if s.Len() > 300 {
		t.Errorf("there are %d records, past the bound", s.Len())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	check(t, s)
}
