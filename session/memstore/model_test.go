package memstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
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
	switch m.chance(20) {
	case 0:
		<-time.After(time.Duration(m.chance(2000)) * time.Millisecond)
	case 1, 2:
		m.remove(t, key, until)
	case 3, 4, 5, 6, 7, 8:
		m.load(t, key, want)
	default:
		rec := store.Record{Version: want.Version, Expires: until, Values: m.values()}
		if m.chance(10) == 0 {
			rec.Version++
		}
		refused := rec.Version != want.Version || ok && want.Version == 0
		m.save(t, key, rec, refused)
	}
}

// values are mostly some hundred bytes, and now and then some ten thousand.
func (m *model) values() []byte {
	n := m.chance(600)
	if m.chance(30) == 0 {
		n *= 100
	}
	return bytes.Repeat([]byte{byte(m.chance(256))}, n)
}

func (m *model) save(t *testing.T, key store.Key, rec store.Record, refused bool) {
	t.Helper()
	err := m.store.Save(t.Context(), key, rec)
	if errors.Is(err, store.ErrConflict) != refused || !refused && err != nil {
		t.Errorf("Save returned %v, refused should be %v", err, refused)
	}
	if !refused {
		rec.Version++
		m.records[key] = rec
	}
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
	if err != nil || got.Version != want.Version || !got.Expires.Equal(want.Expires) || !bytes.Equal(got.Values, want.Values) {
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
