package memstore_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

// An empty record and a tombstone have a slot of 80 bytes, and 32 beside it.
const smallest = 112

func TestFullStoreRefusesOneMoreAndKeepsTheRest(t *testing.T) {
	for name, o := range map[string]memstore.Options{
		"by number": {MaxSessions: 3},
		"by bytes":  {MaxBytes: 3*smallest + 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, o)
			for i := range 3 {
				save(t, s, keyOf(i), newRecord(0))
			}
			if err := s.Save(t.Context(), keyOf(3), newRecord(0)); !errors.Is(err, store.ErrFull) {
				t.Fatalf("a fourth Save returned %v, want ErrFull", err)
			}
			if n, b := s.Len(), s.Bytes(); n != 3 || b != 3*smallest {
				t.Errorf("the store holds %d records of %d bytes, want 3 of %d", n, b, 3*smallest)
			}
			for i := range 3 {
				if rec := load(t, s, keyOf(i)); rec.Version != 1 {
					t.Errorf("record %d has version %d, want 1", i, rec.Version)
				}
			}
			save(t, s, keyOf(0), load(t, s, keyOf(0)))
			check(t, s)
		})
	}
}

func TestRecordThatGrowsPastTheBoundStaysAsItWas(t *testing.T) {
	s := newStore(t, memstore.Options{MaxBytes: 1000})
	save(t, s, keyOf(1), newRecord(100))
	long := load(t, s, keyOf(1))
	long.Values = make([]byte, 1000)
	if err := s.Save(t.Context(), keyOf(1), long); !errors.Is(err, store.ErrFull) {
		t.Fatalf("Save returned %v, want ErrFull", err)
	}
	if rec := load(t, s, keyOf(1)); rec.Version != 1 || len(rec.Values) != 100 {
		t.Errorf("Load returned version %d of %d bytes, want 1 of 100", rec.Version, len(rec.Values))
	}
	check(t, s)
}

func TestBytesFollowARecordThatGrowsAndShrinks(t *testing.T) {
	s := newStore(t, memstore.Options{})
	rec := newRecord(0)
	for _, tt := range []struct{ values, bytes int }{
		{0, 80 + 32},
		{4, 80 + 32},
		{5, 96 + 32},
		{100, 192 + 32},
		{64 << 10, 80<<10 + 32},
		{1 << 20, 1280<<10 + 32},
		{52, 128 + 32},
		{53, 160 + 32},
		{0, 80 + 32},
	} {
		rec.Values = make([]byte, tt.values)
		save(t, s, keyOf(1), rec)
		rec.Version++
		if got := s.Bytes(); got != int64(tt.bytes) {
			t.Errorf("a record with %d bytes of values counts %d, want %d", tt.values, got, tt.bytes)
		}
		check(t, s)
	}
}

func TestUserCountsWhileThereIsOne(t *testing.T) {
	s := newStore(t, memstore.Options{})
	rec := newRecord(0)
	for _, tt := range []struct {
		user  string
		bytes int
	}{{"", smallest}, {"ada", smallest + 16}, {"bob", smallest + 16}, {"", smallest}, {"ada", smallest + 16}} {
		rec.User = tt.user
		save(t, s, keyOf(1), rec)
		rec.Version++
		if got := s.Bytes(); got != int64(tt.bytes) {
			t.Errorf("a record of %q counts %d bytes, want %d", tt.user, got, tt.bytes)
		}
	}
	removeKeys(t, s, 1, 2)
	if got := s.Bytes(); got != 0 {
		t.Errorf("no records hold %d bytes", got)
	}
}

func TestFullStoreMakesRoomOfWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{MaxSessions: 1000, SweepInterval: time.Hour})
		for i := range 1000 {
			rec := newRecord(10)
			if i%2 == 0 {
				rec.Expires = time.Now().Add(time.Duration(i+1) * time.Second / 1000)
			}
			save(t, s, keyOf(i), rec)
		}
		<-time.After(2 * time.Second)
		for i := range 500 {
			save(t, s, keyOf(1000+i), newRecord(10))
		}
		if err := s.Save(t.Context(), keyOf(2000), newRecord(10)); !errors.Is(err, store.ErrFull) {
			t.Errorf("with nothing expired, Save returned %v, want ErrFull", err)
		}
		for i := 1; i < 1000; i += 2 {
			load(t, s, keyOf(i)) // none of those that live had to go
		}
		check(t, s)
	})
}

func TestTombstonesCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{MaxSessions: 2, SweepInterval: time.Hour})
		minute := time.Now().Add(time.Minute)
		save(t, s, keyOf(1), newRecord(500))
		save(t, s, keyOf(2), newRecord(500))
		for i := 1; i <= 2; i++ { // a full store can always end a session
			if err := s.Delete(t.Context(), keyOf(i), minute); err != nil {
				t.Fatal(err)
			}
		}
		if n, b := s.Len(), s.Bytes(); n != 2 || b != 2*smallest {
			t.Errorf("two tombstones count as %d of %d bytes, want 2 of %d", n, b, 2*smallest)
		}
		if err := s.Save(t.Context(), keyOf(3), newRecord(0)); !errors.Is(err, store.ErrFull) {
			t.Errorf("Save returned %v, want ErrFull", err)
		}
		if err := s.Delete(t.Context(), keyOf(3), minute); !errors.Is(err, store.ErrFull) {
			t.Errorf("Delete of what was never saved returned %v, want ErrFull", err)
		}
		<-time.After(time.Minute)
		if err := s.Delete(t.Context(), keyOf(3), minute.Add(time.Hour)); err != nil {
			t.Errorf("Delete, when a tombstone had expired, returned %v, want nil", err)
		}
		check(t, s)
	})
}

func TestOverlongRecordIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a gigabyte")
	}
	s := newStore(t, memstore.Options{MaxBytes: 1 << 40})
	rec := newRecord(1 << 30)
	if err := s.Save(t.Context(), keyOf(1), rec); !errors.Is(err, store.ErrFull) {
		t.Errorf("Save of more than 1 GiB returned %v, want ErrFull", err)
	}
	if s.Len() != 0 {
		t.Error("something was stored")
	}
}

func save(t *testing.T, s *memstore.Store, key store.Key, rec store.Record) {
	t.Helper()
	if err := s.Save(t.Context(), key, rec); err != nil {
		t.Fatalf("Save returned %v", err)
	}
}

func load(t *testing.T, s *memstore.Store, key store.Key) store.Record {
	t.Helper()
	rec, err := s.Load(t.Context(), key)
	if err != nil {
		t.Fatalf("Load returned %v", err)
	}
	return rec
}

func check(t *testing.T, s *memstore.Store) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
