package memstore_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func usage(t *testing.T, s *memstore.Store) store.Usage {
	t.Helper()
	u, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !u.Exact || u.Bytes != s.Bytes() {
		t.Errorf("the usage is %+v, want an exact one of %d bytes", u, s.Bytes())
	}
	return u
}

func TestUsageCountsRecordsAndNoTombstones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{SweepInterval: 10 * time.Minute})
		want := func(sessions int64, sweeps, swept uint64) {
			t.Helper()
			if u := usage(t, s); u.Sessions != sessions || u.Sweeps != sweeps || u.Swept != swept {
				t.Errorf("the usage is %+v, want %d sessions, %d sweeps, %d swept", u, sessions, sweeps, swept)
			}
			if err := s.Check(); err != nil {
				t.Error(err)
			}
		}
		want(0, 0, 0)
		for i := range 600 {
			if err := s.Save(t.Context(), keyOf(i), newRecord(i)); err != nil {
				t.Fatal(err)
			}
		}
		want(600, 0, 0)
		for i := range 700 { // also keys under which nothing is, and some twice
			if err := s.Delete(t.Context(), keyOf(i%650), time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		want(0, 0, 0)
		<-time.After(2 * time.Minute)
		for i := range 100 { // over tombstones that have ended
			if err := s.Save(t.Context(), keyOf(i), newRecord(i)); err != nil {
				t.Fatal(err)
			}
		}
		want(100, 0, 0)
		<-time.After(10 * time.Minute)
		synctest.Wait()
		want(100, 1, 550)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Usage(t.Context()); !errors.Is(err, memstore.ErrClosed) {
			t.Errorf("after Close the error is %v", err)
		}
	})
}
