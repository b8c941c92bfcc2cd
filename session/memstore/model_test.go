package memstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

// TestStoreAnswersAsAPlainMapWould makes a hundred thousand calls chosen by chance, of a thousand keys, on a store and
// on a map, while time passes and sessions of all sizes come, grow, shrink, expire and end.
func TestStoreAnswersAsAPlainMapWould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &model{
			store:   newStore(t, memstore.Options{SweepInterval: 97 * time.Second}),
			records: map[store.Key]store.Record{},
		}
		for i := range 100_000 {
			m.step(t)
			if i%1000 == 0 {
				check(t, m.store)
				m.list(t, m.store.List(t.Context()), func(store.Record) bool { return true })
			}
			if t.Failed() {
				t.Fatalf("at call %d", i)
			}
		}
		<-time.After(time.Hour)
		synctest.Wait()
		check(t, m.store)
		if n, b, c := m.store.Len(), m.store.Bytes(), m.store.Capacity(); n != 0 || b != 0 || c > 1<<15 {
			t.Errorf("when all has expired, there are %d records, %d bytes, %d of memory", n, b, c)
		}
	})
}

// A model keeps in a map what the store should: tombstones are records of version 0.
type model struct {
	store   *memstore.Store
	records map[store.Key]store.Record
	rolls   int
}

// chance returns a number below n, by chance, though the same at each run of the test.
func (m *model) chance(n int) int {
	m.rolls++
	key := keyOf(m.rolls)
	return int(binary.LittleEndian.Uint32(key[:])) % n
}

func (m *model) step(t *testing.T) {
	t.Helper()
	key := keyOf(m.chance(1000))
	key[0] %= 2 // in two shards, so that they are not small
	want, ok := m.records[key]
	if ok && want.Expired(time.Now()) {
		want, ok = store.Record{}, false
		delete(m.records, key)
	}
	until := time.Now().Add(time.Duration(m.chance(600)-60) * time.Second)
	switch m.chance(21) {
	case 0:
		<-time.After(time.Duration(m.chance(2000)) * time.Millisecond)
	case 1, 2:
		m.remove(t, key, until)
	case 3, 4, 5, 6, 7, 8:
		m.load(t, key, want)
	case 9:
		user := m.user()
		m.list(t, m.store.ListUser(t.Context(), user), func(r store.Record) bool { return user != "" && r.User == user })
	case 10:
		rec := store.Record{Version: 1 + uint64(m.chance(9)), Expires: until, User: m.user(), Values: m.values()}
		m.saved(t, key, rec, m.store.Import(t.Context(), key, rec), ok)
	default:
		rec := store.Record{Version: want.Version, Expires: until, User: m.user(), Values: m.values()}
		if m.chance(10) == 0 {
			rec.Version++
		}
		refused := rec.Version != want.Version || ok && want.Version == 0
		err := m.store.Save(t.Context(), key, rec)
		rec.Version++
		m.saved(t, key, rec, err, refused)
	}
}

// user is one of a few, or nobody.
func (m *model) user() string {
	return []string{"", "", "ada", "bob", "cy", "a rather long name of somebody"}[m.chance(6)]
}

// values are mostly some hundred bytes, and now and then some ten thousand.
func (m *model) values() []byte {
	n := m.chance(600)
	if m.chance(30) == 0 {
		n *= 100
	}
	return bytes.Repeat([]byte{byte(m.chance(256))}, n)
}

// saved takes notice of what a Save or an Import returned that left rec where it was not refused.
func (m *model) saved(t *testing.T, key store.Key, rec store.Record, err error, refused bool) {
	t.Helper()
	if errors.Is(err, store.ErrConflict) != refused || !refused && err != nil {
		t.Errorf("Save or Import returned %v, refused should be %v", err, refused)
	}
	if !refused {
		m.records[key] = rec
	}
}

// list compares a list with the records that it should yield.
func (m *model) list(t *testing.T, list iter.Seq2[store.Entry, error], want func(store.Record) bool) {
	t.Helper()
	left := map[store.Key]store.Record{}
	for key, rec := range m.records {
		if rec.Version != 0 && !rec.Expired(time.Now()) && want(rec) {
			left[key] = rec
		}
	}
	for e, err := range list {
		rec, ok := left[e.Key]
		if err != nil || !ok || !same(e.Record, rec) {
			t.Errorf("a list yields version %d of %q, %v, want version %d of %q", e.Record.Version, e.Record.User, err, rec.Version, rec.User)
		}
		delete(left, e.Key)
	}
	if len(left) > 0 {
		t.Errorf("a list lacks %d records", len(left))
	}
}

func same(a, b store.Record) bool {
	return a.Version == b.Version && a.Expires.Equal(b.Expires) && a.User == b.User && bytes.Equal(a.Values, b.Values)
}

func (m *model) load(t *testing.T, key store.Key, want store.Record) {
	t.Helper()
	got, err := m.store.Load(t.Context(), key)
	if want.Version == 0 {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Load returned %v, want ErrNotFound", err)
		}
		return
	}
	if err != nil || !same(got, want) {
		t.Errorf("Load returned version %d, %v, want version %d", got.Version, err, want.Version)
	}
}

func (m *model) remove(t *testing.T, key store.Key, until time.Time) {
	t.Helper()
	if err := m.store.Delete(t.Context(), key, until); err != nil {
		t.Error(err)
	}
	if old, ok := m.records[key]; ok && old.Version == 0 && until.Before(old.Expires) {
		return
	}
	m.records[key] = store.Record{Expires: until}
}
