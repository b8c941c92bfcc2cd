package redisstore_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

// A watching is a Watch that has called ready.
type watching struct {
	keys  chan session.Key
	ended chan error
}

func watch(tb testing.TB, s *redisstore.Store) *watching {
	tb.Helper()
	w := &watching{keys: make(chan session.Key, 100), ended: make(chan error, 1)}
	ready := make(chan struct{})
	ctx, stop := context.WithCancel(tb.Context())
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		w.ended <- s.Watch(ctx, func() { close(ready) }, func(key session.Key) { w.keys <- key })
	}()
	tb.Cleanup(func() {
		stop()
		<-returned
	})
	select {
	case <-ready:
	case err := <-w.ended:
		tb.Fatalf("Watch returned %v", err)
	}
	return w
}

func (w *watching) hears(tb testing.TB, want session.Key) {
	tb.Helper()
	select {
	case key := <-w.keys:
		if key != want {
			tb.Error("Watch tells of another key")
		}
	case err := <-w.ended:
		tb.Errorf("Watch returned %v", err)
	case <-time.After(10 * time.Second):
		tb.Error("Watch does not tell")
	}
}

// ends waits for Watch to return an error that is not the context's.
func (w *watching) ends(tb testing.TB, within time.Duration) error {
	tb.Helper()
	select {
	case err := <-w.ended:
		if err == nil || errors.Is(err, context.Canceled) {
			tb.Errorf("Watch returned %v, want why it is not sure any more", err)
		}
		return err
	case <-time.After(within):
		tb.Errorf("Watch does not return within %v", within)
		return nil
	}
}

func TestWatchHearsOtherProcesses(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"server": "redis://" + testredis.Start(t).Addr(), "cluster": testredis.StartCluster(t, true).URL(), "Sentinels": testredis.StartGuarded(t).URL(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, other := opened(t, session.BackendOptions{"url": url}), opened(t, session.BackendOptions{"url": url})
			w := watch(t, one)
			for range 20 {
				key, _ := saved(t, other, "x")
				remove(t, other, key)
				w.hears(t, key)
			}
			elsewhere := opened(t, session.BackendOptions{"url": url, "prefix": "elsewhere:"})
			remove(t, elsewhere, newKey())
			key := newKey()
			remove(t, other, key)
			w.hears(t, key)
		})
	}
}

func TestWatchEndsWhenItMayMissSomething(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*faultproxy.Proxy, *testredis.Server){
		"the connection is cut": func(p *faultproxy.Proxy, _ *testredis.Server) { p.Cut() },
		"nothing passes":        func(p *faultproxy.Proxy, _ *testredis.Server) { p.Stall(true) },
		"the server hangs":      func(_ *faultproxy.Proxy, s *testredis.Server) { s.Freeze(t, true) },
		"the server is gone":    func(_ *faultproxy.Proxy, s *testredis.Server) { s.Stop(t) },
		"the subscription ends": func(_ *faultproxy.Proxy, s *testredis.Server) { s.Do(t, "CLIENT", "KILL", "TYPE", "pubsub") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testredis.Start(t)
			s, p := behind(t, server)
			w := watch(t, s)
			fail(p, server)
			_ = w.ends(t, 2*time.Second+2*limit+slack)
			p.Stall(false)
		})
	}
}

// A mute client publishes nothing, when it is told to, and does not say so.
type mute struct {
	rueidis.Client
	on atomic.Bool
}

func (m *mute) Do(ctx context.Context, cmd rueidis.Completed) rueidis.RedisResult {
	if m.on.Load() && cmd.Commands()[0] == "PUBLISH" {
		cmd = m.B().Ping().Build()
	}
	return m.Client.Do(ctx, cmd)
}

// A subscriber whose server is cut off from the others hears nothing, over a connection that is well.
func TestWatchEndsWhereNothingIsHeard(t *testing.T) {
	t.Parallel()
	client := &mute{Client: connect(t, testredis.Start(t))}
	w := watch(t, built(t, client, redisstore.Options{Timeout: limit}))
	client.on.Store(true)
	if err := w.ends(t, 2*time.Second+2*limit+slack); err == nil || !strings.Contains(err.Error(), "did not arrive") {
		t.Errorf("Watch returned %v, want that it does not hear", err)
	}
}

func TestWatchEndsWhereNothingCanBePublished(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr(), "timeout": limit})
	w := watch(t, s)
	server.Do(t, "ACL", "SETUSER", "default", "resetchannels") // signs are refused from now on
	_ = w.ends(t, 2*time.Second+2*limit+slack)
}

func TestWatchEndsWithTheStore(t *testing.T) {
	t.Parallel()
	s := opened(t, session.BackendOptions{"url": "redis://" + testredis.Start(t).Addr()})
	w := watch(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantError(t, "Watch", w.ends(t, 5*time.Second), fs.ErrClosed)
}

func TestWatchWithoutAServerFailsInTime(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s, p := behind(t, server)
	p.Refuse(true)
	started := time.Now()
	err := s.Watch(t.Context(), func() { t.Error("ready") }, func(session.Key) {})
	if took := time.Since(started); err == nil || took > 3*limit+slack {
		t.Errorf("Watch returned %v after %v", err, took)
	}
}
