package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

// limit is the timeout of stores in outages, slack what a busy machine may add to it.
const (
	limit = 500 * time.Millisecond
	slack = time.Second
)

// behind returns a store behind a proxy that can fail.
func behind(tb testing.TB, s *testredis.Server) (*redisstore.Store, *faultproxy.Proxy) {
	tb.Helper()
	p := faultproxy.New(tb, "tcp", s.Addr())
	return opened(tb, session.BackendOptions{"url": "redis://" + p.Addr(), "timeout": limit}), p
}

func TestSaveWhoseAnswerIsLostIsNotAcknowledgedNorRepeated(t *testing.T) {
	t.Parallel()
	s, p := behind(t, testredis.Start(t))
	key, rec := saved(t, s, "x")
	save(t, s, key, &rec) // the script is known, and the index
	rec.Values = []byte("y")
	p.CutBeforeReply([]byte("EVALSHA"))
	if err := s.Save(t.Context(), key, rec); err == nil || errors.Is(err, session.ErrConflict) {
		t.Errorf("Save returned %v, want an error that is no answer", err)
	}
	wantValues(t, s, key, 3, "y")
	wantError(t, "a second Save", s.Save(t.Context(), key, rec), session.ErrConflict)
	wantValues(t, s, key, 3, "y")
}

func TestDeleteWhoseAnswerIsLostIsRepeated(t *testing.T) {
	t.Parallel()
	s, p := behind(t, testredis.Start(t))
	key, _ := saved(t, s, "x")
	remove(t, s, newKey()) // the script is known
	p.CutBeforeReply([]byte("EVALSHA"))
	remove(t, s, key)
	_, err := s.Load(t.Context(), key)
	wantError(t, "Load", err, session.ErrNotFound)
}

func TestCallsAfterACutSucceed(t *testing.T) {
	t.Parallel()
	s, p := behind(t, testredis.Start(t))
	key, rec := saved(t, s, "x")
	for range 20 {
		p.Cut()
		wantValues(t, s, key, rec.Version, "x")
		save(t, s, key, &rec)
	}
}

// wantFailures makes each call, which has to fail within the time limit.
func wantFailures(t *testing.T, s *redisstore.Store, key session.Key, rec session.Record) {
	t.Helper()
	var all sync.WaitGroup
	for name, f := range map[string]func(context.Context) error{
		"Load":   func(ctx context.Context) error { _, err := s.Load(ctx, key); return err },
		"Save":   func(ctx context.Context) error { return s.Save(ctx, key, rec) },
		"Import": func(ctx context.Context) error { return s.Import(ctx, newKey(), rec) },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, newKey(), rec.Expires) },
		"List": func(ctx context.Context) error {
			for _, err := range s.List(ctx) {
				return err
			}
			return nil
		},
		"ListUser": func(ctx context.Context) error {
			for _, err := range s.ListUser(ctx, "ada") {
				return err
			}
			return nil
		},
	} {
		for range 4 {
			all.Go(func() {
				started := time.Now()
				err := f(t.Context())
				if err == nil || errors.Is(err, session.ErrNotFound) || errors.Is(err, session.ErrConflict) {
					t.Errorf("%s returned %v, want an error that is no answer", name, err)
				}
				if took := time.Since(started); took > 3*limit+slack || name != "List" && took > limit+slack {
					t.Errorf("%s took %v", name, took)
				}
			})
		}
	}
	all.Wait()
}

// works waits until calls succeed again.
func works(t *testing.T, s *redisstore.Store) {
	t.Helper()
	testredis.Eventually(t, "calls succeed again", func() bool { return s.Save(t.Context(), newKey(), record("x")) == nil })
	key, rec := saved(t, s, "x")
	save(t, s, key, &rec)
	wantValues(t, s, key, 2, "x")
	wantsUser(t, s, "nobody has this name", 0)
}

func TestEachCallFailsInTimeAndRecovers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail, heal func(*faultproxy.Proxy, *testredis.Server)
	}{
		"connections are refused": {
			func(p *faultproxy.Proxy, _ *testredis.Server) { p.Refuse(true) },
			func(p *faultproxy.Proxy, _ *testredis.Server) { p.Refuse(false) },
		},
		"nothing passes": {
			func(p *faultproxy.Proxy, _ *testredis.Server) { p.Stall(true) },
			func(p *faultproxy.Proxy, _ *testredis.Server) { p.Stall(false) },
		},
		"answers are slow": {
			func(p *faultproxy.Proxy, _ *testredis.Server) { p.Delay(2 * limit) },
			func(p *faultproxy.Proxy, _ *testredis.Server) { p.Delay(0) },
		},
		"the server hangs": {
			func(_ *faultproxy.Proxy, s *testredis.Server) { s.Freeze(t, true) },
			func(_ *faultproxy.Proxy, s *testredis.Server) { s.Freeze(t, false) },
		},
		"the server is gone, and comes back empty": {
			func(_ *faultproxy.Proxy, s *testredis.Server) { s.Stop(t) },
			func(_ *faultproxy.Proxy, s *testredis.Server) { s.Restart(t) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testredis.Start(t)
			s, p := behind(t, server)
			key, rec := saved(t, s, "x")
			c.fail(p, server)
			wantFailures(t, s, key, rec)
			c.heal(p, server)
			works(t, s)
		})
	}
}

func TestFlushedScriptsAreLoadedAgain(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	for range 3 {
		server.Do(t, "SCRIPT", "FLUSH")
		save(t, s, key, &rec)
	}
	wantValues(t, s, key, 4, "x")
	server.Do(t, "SCRIPT", "FLUSH")
	remove(t, s, key)
}

func TestReplicaRefusesAndItsPromotionIsFound(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	server.Do(t, "REPLICAOF", "127.0.0.1", "1")
	wantValues(t, s, key, 1, "x")
	if err := s.Save(t.Context(), key, rec); err == nil || !strings.Contains(err.Error(), "is it a replica?") {
		t.Errorf("Save returned %v, want what may be wrong", err)
	}
	server.Do(t, "REPLICAOF", "NO", "ONE")
	save(t, s, key, &rec)
}

// A name or a virtual address leads to another server after a failover, while the connections stay with the old one.
func TestConnectionsToWhoBecameAReplicaAreGivenUp(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	before := server.Do(t, "CLIENT", "LIST", "TYPE", "normal")
	server.Do(t, "REPLICAOF", "127.0.0.1", "1")
	testredis.Eventually(t, "the connections are others", func() bool {
		if err := s.Save(t.Context(), key, rec); err == nil {
			t.Fatal("a replica takes changes")
		}
		_, _ = s.Load(t.Context(), key)
		for line := range strings.Lines(server.Do(t, "CLIENT", "LIST", "TYPE", "normal")) {
			id, _, _ := strings.Cut(line, " ")
			if strings.Contains(line, "name=proapi") && strings.Contains(before, id+" ") {
				return false
			}
		}
		return true
	})
}

func TestFullServerRefusesSavesAndTakesDeletes(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	server.Do(t, "CONFIG", "SET", "maxmemory", "1")
	wantError(t, "Save", s.Save(t.Context(), newKey(), record("y")), session.ErrFull)
	wantError(t, "Save of a stored record", s.Save(t.Context(), key, rec), session.ErrFull)
	wantValues(t, s, key, 1, "x")
	fresh := newKey()
	for _, k := range []session.Key{key, fresh, key} {
		remove(t, s, k)
	}
	server.Do(t, "CONFIG", "SET", "maxmemory", "0")
	wantError(t, "Save of a deleted record", s.Save(t.Context(), key, rec), session.ErrConflict)
	wantError(t, "Save under a deleted key", s.Save(t.Context(), fresh, record("y")), session.ErrConflict)
}

func TestLackOfReplicasIsAnError(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr(), "wait_replicas": 1, "timeout": limit})
	started := time.Now()
	err := s.Save(t.Context(), newKey(), record("x"))
	if err == nil || !strings.Contains(err.Error(), "fewer replicas") {
		t.Errorf("Save returned %v, want that replicas are missing", err)
	}
	if took := time.Since(started); took > limit+slack {
		t.Errorf("Save took %v", took)
	}
	other := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	server.Do(t, "CONFIG", "SET", "min-replicas-to-write", "1")
	if err := other.Save(t.Context(), newKey(), record("x")); err == nil || !strings.Contains(err.Error(), "min-replicas-to-write") {
		t.Errorf("Save returned %v, want what the server lacks", err)
	}
}
