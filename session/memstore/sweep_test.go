package memstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestExpiredSessionsGoOnTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{SweepInterval: time.Minute})
		for i := range 3000 {
			rec := newRecord(i % 300)
			rec.Expires = time.Now().Add(time.Duration(i+1) * time.Second)
			save(t, s, keyOf(i), rec)
		}
		for minute := 1; minute <= 50; minute++ {
			<-time.After(time.Minute)
			synctest.Wait()
			if got, want := s.Len(), 3000-60*minute; got != want {
				t.Fatalf("after %d minutes there are %d records, want %d", minute, got, want)
			}
			check(t, s)
		}
		if got := s.Bytes(); got != 0 {
			t.Errorf("no records hold %d bytes", got)
		}
	})
}

func TestSessionInUseOutlivesItsFirstExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{SweepInterval: time.Minute})
		for version := range uint64(120) {
			for i := range 20 {
				rec := newRecord(10)
				rec.Version, rec.Expires = version, time.Now().Add(3*time.Minute)
				save(t, s, keyOf(i), rec)
			}
			<-time.After(2 * time.Minute)
			synctest.Wait()
			check(t, s)
		}
		if got := s.Len(); got != 20 {
			t.Fatalf("%d sessions of 20 are left", got)
		}
		<-time.After(2 * time.Minute)
		synctest.Wait()
		if got := s.Len(); got != 0 {
			t.Errorf("%d sessions are left that nobody uses any more", got)
		}
	})
}

func TestSessionWhoseExpiryComesNearerGoesThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{SweepInterval: time.Hour})
		for i := range 2000 {
			save(t, s, keyOf(i), newRecord(10))
		}
		for i := range 2000 {
			rec := load(t, s, keyOf(i))
			rec.Expires = time.Now().Add(time.Duration(1+i%7) * time.Second)
			save(t, s, keyOf(i), rec)
		}
		check(t, s)
		<-time.After(8 * time.Second)
		if n, err := s.Sweep(t.Context()); n != 2000 || err != nil {
			t.Errorf("Sweep returned %d, %v, want 2000, nil", n, err)
		}
	})
}

func TestSweepEndsWithItsContext(t *testing.T) {
	s := newStore(t, memstore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.Sweep(ctx); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Sweep returned %d, %v, want 0 and the context's error", n, err)
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	s := newStore(t, memstore.Options{})
	for i := range 100 {
		saveOf(t, s, keyOf(i), "ada", i)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, loadErr := s.Load(t.Context(), keyOf(1))
	_, sweepErr := s.Sweep(t.Context())
	for call, err := range map[string]error{
		"Load":   loadErr,
		"Save":   s.Save(t.Context(), keyOf(1), newRecord(0)),
		"Delete": s.Delete(t.Context(), keyOf(1), time.Now().Add(time.Hour)),
		"Sweep":  sweepErr,
		"Import": s.Import(t.Context(), keyOf(1), store.Record{Version: 1}),
	} {
		if !errors.Is(err, memstore.ErrClosed) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s returned %v, want ErrClosed alone", call, err)
		}
	}
	if n, b := s.Len(), s.Bytes(); n != 0 || b != 0 {
		t.Errorf("a closed store holds %d records of %d bytes", n, b)
	}
}
