package pgstore_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

// watch watches in the background until ctx ends; it returns when the store is ready.
func watch(ctx context.Context, t *testing.T, s *pgstore.Store) (deleted chan session.Key, ended chan error) {
	t.Helper()
	deleted, ended = make(chan session.Key, 100), make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		ended <- s.Watch(ctx, func() { close(ready) }, func(key session.Key) { deleted <- key })
	}()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("Watch returned %v before it was ready", err)
	}
	return deleted, ended
}

func TestDeletionIsHeardInAnotherProcess(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	ours := fresh(t, connect(t, url+"&pool_max_conns=1"), pgstore.Options{Table: "watched"})
	theirs := fresh(t, connect(t, url), pgstore.Options{Table: "watched"})
	ctx, cancel := context.WithCancel(t.Context())
	deleted, ended := watch(ctx, t, ours)
	stored, rec := saved(t, theirs, "x")
	for _, key := range []session.Key{stored, newKey()} {
		for _, s := range []*pgstore.Store{theirs, ours} {
			if err := s.Delete(t.Context(), key, rec.Expires); err != nil {
				t.Fatal(err)
			}
			if got := <-deleted; got != key {
				t.Error("another key than the one that was deleted is told")
			}
		}
	}
	if _, err := ours.Load(t.Context(), stored); err == nil { // the only connection is free
		t.Error("a session that was deleted is loaded")
	}
	cancel()
	wantError(t, "Watch", <-ended, context.Canceled)
}

func TestWatchStaysWhileNothingHappens(t *testing.T) {
	t.Parallel()
	s := fresh(t, connect(t, testpostgres.Database(t)), pgstore.Options{Timeout: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	deleted, ended := watch(ctx, t, s)
	for range 2 {
		key := newKey()
		if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := <-deleted; got != key {
			t.Error("another key than the one that was deleted is told")
		}
		quiet := time.NewTimer(2200 * time.Millisecond) // two signs of life
		select {
		case <-quiet.C:
		case err := <-ended:
			t.Fatalf("Watch returned %v", err)
		}
	}
	cancel()
	wantError(t, "Watch", <-ended, context.Canceled)
}

func TestWatchReturnsWhenTheConnectionIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(p *faultproxy.Proxy){
		"cut":        (*faultproxy.Proxy).Cut,
		"in silence": func(p *faultproxy.Proxy) { p.Stall(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testpostgres.Database(t)
			proxy := faultproxy.New(t, "tcp", hostOf(t, url))
			s := fresh(t, connect(t, through(t, url, proxy)), pgstore.Options{Timeout: 2 * time.Second})
			_, ended := watch(t.Context(), t, s)
			lose(proxy)
			started := time.Now()
			err := <-ended
			if err == nil || !strings.HasPrefix(err.Error(), "pgstore: watch: ") {
				t.Errorf("Watch returned %v, want an error that says so", err)
			}
			if took := time.Since(started); took > 6*time.Second {
				t.Errorf("Watch returned after %v, want about twice the timeout", took)
			}
			proxy.Stall(false)
			again, cancel := context.WithCancel(t.Context())
			_, ended = watch(again, t, s)
			cancel()
			wantError(t, "Watch", <-ended, context.Canceled)
		})
	}
}

func TestWatchEndsWithTheStore(t *testing.T) {
	t.Parallel()
	s := fresh(t, connect(t, testpostgres.Database(t)), pgstore.Options{})
	_, ended := watch(t.Context(), t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantError(t, "Watch", <-ended, fs.ErrClosed)
}

// A pooler hands each transaction to another connection: LISTEN succeeds there, and nothing is heard.
func TestWatchThatHearsNothingSaysSo(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "deaf", Timeout: time.Second})
	sql(t, pool, `CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''`)
	sql(t, pool, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`)
	pool.Reset()
	err := s.Watch(t.Context(), func() { t.Error("Watch is ready") }, func(session.Key) {})
	if err == nil || !strings.Contains(err.Error(), "pooler in transaction mode") {
		t.Errorf("Watch returned %v, want what may be the cause", err)
	}
}

func TestWatchWithoutAServerReturns(t *testing.T) {
	t.Parallel()
	s := opened(t, session.BackendOptions{"url": nowhere, "migrate": false, "timeout": "1s"})
	if err := s.Watch(t.Context(), func() { t.Error("Watch is ready") }, func(session.Key) {}); err == nil {
		t.Error("Watch returned nil")
	}
}

func TestDeletionsThatAreNotToldCannotBeWatched(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	s := opened(t, session.BackendOptions{"url": url, "notify": false})
	told := opened(t, session.BackendOptions{"url": url})
	if err := s.Watch(t.Context(), func() { t.Error("Watch is ready") }, func(session.Key) {}); err == nil || !strings.Contains(err.Error(), "NoNotify") {
		t.Errorf("Watch returned %v, want which option is in the way", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	deleted, ended := watch(ctx, t, told)
	quiet, loud := newKey(), newKey()
	if err := s.Delete(t.Context(), quiet, time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	wantError(t, "Save", s.Save(t.Context(), quiet, record("x")), session.ErrConflict)
	if err := told.Delete(t.Context(), loud, time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if got := <-deleted; got != loud {
		t.Error("a deletion is told that was not to be")
	}
	cancel()
	wantError(t, "Watch", <-ended, context.Canceled)
}
