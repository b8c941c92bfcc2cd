package memstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

// A dated context tells a store by which time to go.
type dated struct {
	context.Context //nolint:containedctx // it is a context

	now time.Time
}

func (d dated) Now() time.Time { return d.now }

func TestLoadAndSaveGoByTheContextsTime(t *testing.T) {
	s := newStore(t, memstore.Options{})
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	before, after := dated{t.Context(), end.Add(-time.Second)}, dated{t.Context(), end}
	key, rec := store.Key{1}, store.Record{Expires: end}
	if err := s.Save(t.Context(), key, rec); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(before, key); err != nil {
		t.Errorf("a load that came in time: %v", err)
	}
	if _, err := s.Load(after, key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a load that came when the record had expired: %v, want ErrNotFound", err)
	}
	rec.Version, rec.Expires = 1, end.Add(time.Hour)
	if err := s.Save(after, key, rec); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an update after the record had expired: %v, want ErrConflict", err)
	}
	if err := s.Save(before, key, rec); err != nil {
		t.Errorf("an update that came in time: %v", err)
	}
}
