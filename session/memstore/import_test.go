package memstore_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestImportedSessionGoesOnWhereItWas(t *testing.T) {
	s := newStore(t, memstore.Options{})
	rec := newRecord(3)
	rec.Version, rec.User = 41, "ada"
	mine := rec
	mine.Values = bytes.Clone(rec.Values)
	if err := s.Import(t.Context(), keyOf(1), mine); err != nil {
		t.Fatal(err)
	}
	mine.Values[0] = 1
	if got := load(t, s, keyOf(1)); !same(got, rec) || !got.Created.Equal(rec.Created) || !got.Seen.Equal(rec.Seen) {
		t.Errorf("Load returned version %d of %q, want what was imported", got.Version, got.User)
	}
	if got := keys(t, s.ListUser(t.Context(), "ada")); len(got) != 1 {
		t.Errorf("the user has %d sessions, want 1", len(got))
	}
	save(t, s, keyOf(1), rec)
	if got := load(t, s, keyOf(1)); got.Version != 42 {
		t.Errorf("the next save makes version %d, want 42", got.Version)
	}
	check(t, s)
}

func TestImportNeitherReplacesNorRevives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{SweepInterval: 24 * time.Hour})
		saveOf(t, s, keyOf(1), "ada", 10)
		if err := s.Delete(t.Context(), keyOf(2), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		rec := newRecord(500)
		rec.Version, rec.User, rec.Expires = 1, "bob", time.Now().Add(10*time.Hour)
		for i := 1; i <= 2; i++ {
			if err := s.Import(t.Context(), keyOf(i), rec); !errors.Is(err, store.ErrConflict) {
				t.Errorf("Import returned %v, want ErrConflict", err)
			}
		}
		if got := load(t, s, keyOf(1)); got.User != "ada" || len(got.Values) != 10 {
			t.Errorf("the record that was there is %q's now, with %d bytes of values", got.User, len(got.Values))
		}
		<-time.After(time.Hour) // record and tombstone are there no more, and not yet swept
		for i := 1; i <= 2; i++ {
			if err := s.Import(t.Context(), keyOf(i), rec); err != nil {
				t.Errorf("Import returned %v, want nil", err)
			}
		}
		if got := keys(t, s.ListUser(t.Context(), "bob")); len(got) != 2 {
			t.Errorf("the user has %d sessions, want 2", len(got))
		}
		check(t, s)
	})
}

func TestImportRefusesWhatNoStoreHad(t *testing.T) {
	s := newStore(t, memstore.Options{})
	if err := s.Import(t.Context(), keyOf(1), newRecord(0)); err == nil || s.Len() != 0 {
		t.Errorf("Import of version 0 returned %v, and there are %d records", err, s.Len())
	}
	rec := newRecord(0)
	rec.Version, rec.Expires = 5, time.Now().Add(-time.Second)
	if err := s.Import(t.Context(), keyOf(1), rec); err != nil || s.Len() != 0 {
		t.Errorf("Import of what has expired returned %v, want nil, and there are %d records", err, s.Len())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Import(ctx, keyOf(1), rec); !errors.Is(err, context.Canceled) {
		t.Errorf("Import returned %v, want the context's error", err)
	}
}

func TestImportIntoAFullStoreMakesRoomOfWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{MaxSessions: 2, SweepInterval: 24 * time.Hour})
		rec := newRecord(0)
		rec.Version = 1
		for i, want := range []error{nil, nil, store.ErrFull} {
			if err := s.Import(t.Context(), keyOf(i), rec); !errors.Is(err, want) {
				t.Errorf("Import returned %v, want %v", err, want)
			}
		}
		<-time.After(time.Hour)
		rec.Expires = time.Now().Add(time.Hour)
		if err := s.Import(t.Context(), keyOf(3), rec); err != nil {
			t.Errorf("Import returned %v when there was room to make", err)
		}
	})
}
