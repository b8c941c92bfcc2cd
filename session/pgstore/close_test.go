package pgstore_test

import (
	"io/fs"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

// wantClosed calls every method of a store that was closed.
func wantClosed(t *testing.T, s *pgstore.Store, key session.Key) {
	t.Helper()
	_, err := s.Load(t.Context(), key)
	wantError(t, "Load", err, fs.ErrClosed)
	wantError(t, "Save", s.Save(t.Context(), key, record("y")), fs.ErrClosed)
	rec := record("y")
	rec.Version = 3
	wantError(t, "Import", s.Import(t.Context(), newKey(), rec), fs.ErrClosed)
	wantError(t, "Delete", s.Delete(t.Context(), key, time.Now()), fs.ErrClosed)
	_, err = s.Sweep(t.Context())
	wantError(t, "Sweep", err, fs.ErrClosed)
	wantError(t, "Migrate", s.Migrate(t.Context()), fs.ErrClosed)
	wantError(t, "Watch", s.Watch(t.Context(), func() {}, func(session.Key) {}), fs.ErrClosed)
	for _, err := range s.List(t.Context()) {
		wantError(t, "List", err, fs.ErrClosed)
	}
}
