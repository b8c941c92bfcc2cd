package memstore_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newStore makes a store that the test closes at its end.
func newStore(tb testing.TB, o memstore.Options) *memstore.Store {
	tb.Helper()
	s, err := memstore.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// keyOf returns the n-th key, as evenly spread as keys are.
func keyOf(n int) store.Key { return sha256.Sum256(binary.AppendVarint(nil, int64(n))) }

// newRecord returns a record of an hour, never saved, with values of the given size.
func newRecord(size int) store.Record {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Record{Created: now, Seen: now, Expires: now.Add(time.Hour), Values: make([]byte, size)}
}

func TestSaveOfWhatHasExpiredLeavesNothing(t *testing.T) {
	s := newStore(t, memstore.Options{})
	save(t, s, keyOf(1), newRecord(0))
	rec := load(t, s, keyOf(1))
	rec.Expires = time.Now().Add(-time.Second)
	save(t, s, keyOf(1), rec)
	if s.Len() != 0 {
		t.Errorf("there are %d records, want none", s.Len())
	}
	check(t, s)
}
