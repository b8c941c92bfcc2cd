package memstore_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestEndedSessionStaysEndedUntilItsTombstoneExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{})
		save(t, s, keyOf(1), newRecord(100))
		slow := load(t, s, keyOf(1))
		ended := time.Now()
		remove(t, s, ended.Add(10*time.Second))

		<-time.After(3 * time.Second)
		remove(t, s, ended.Add(20*time.Second)) // the later time holds,
		remove(t, s, ended.Add(5*time.Second))  // whichever came last,
		remove(t, s, ended.Add(-time.Second))   // and whether or not it has passed

		<-time.After(16 * time.Second)
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("Sweep removed %d, %v: nothing has expired", n, err)
		}
		for version := range uint64(3) {
			slow.Version = version
			if err := s.Save(t.Context(), keyOf(1), slow); !errors.Is(err, store.ErrConflict) {
				t.Errorf("Save of version %d returned %v, want ErrConflict", version, err)
			}
		}
		_, err := s.Load(t.Context(), keyOf(1))
		deleted, ok := errors.AsType[*store.DeletedError](err)
		if !ok || !deleted.At.Equal(ended) {
			t.Errorf("Load returned %v, want that the session was ended with the first Delete", err)
		}

		<-time.After(time.Second)
		if _, err := s.Load(t.Context(), keyOf(1)); err != store.ErrNotFound { //nolint:errorlint // not a DeletedError
			t.Errorf("after the tombstone's end Load returned %v, want ErrNotFound", err)
		}
		slow.Version = 0
		save(t, s, keyOf(1), slow)
		check(t, s)
	})
}

func TestTombstoneLastsNotAMomentTooShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{})
		remove(t, s, time.Now().Add(time.Second+time.Nanosecond))
		<-time.After(time.Second)
		if err := s.Save(t.Context(), keyOf(1), newRecord(0)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("Save a nanosecond before the tombstone's end returned %v, want ErrConflict", err)
		}
	})
}

// remove deletes key 1.
func remove(t *testing.T, s *memstore.Store, until time.Time) {
	t.Helper()
	if err := s.Delete(t.Context(), keyOf(1), until); err != nil {
		t.Fatal(err)
	}
}
