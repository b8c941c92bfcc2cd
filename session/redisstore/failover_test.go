package redisstore_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

// A counter increments the numbers in a few sessions from several goroutines, and knows what was acknowledged.
type counter struct {
	stores []*redisstore.Store
	keys   []session.Key
	acked  []atomic.Int64 // of a session: increments that were acknowledged
	tried  []atomic.Int64 // and those of which nobody knows besides
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

// startCounter starts with each of n sessions at 0.
func startCounter(tb testing.TB, n int, stores ...*redisstore.Store) *counter {
	tb.Helper()
	c := &counter{stores: stores, acked: make([]atomic.Int64, n), tried: make([]atomic.Int64, n)}
	for range n {
		key, _ := saved(tb, stores[0], "0")
		c.keys = append(c.keys, key)
	}
	ctx, stop := context.WithCancel(tb.Context())
	c.stop = stop
	for w := range 2 * len(stores) {
		c.ended.Go(func() {
			for i := w; ctx.Err() == nil; i++ {
				c.increment(ctx, stores[w%len(stores)], i%n)
			}
		})
	}
	return c
}

// increment adds one to a session's number, which may fail.
func (c *counter) increment(ctx context.Context, s *redisstore.Store, i int) {
	rec, err := s.Load(ctx, c.keys[i])
	if err != nil {
		return
	}
	n, _ := strconv.Atoi(string(rec.Values))
	rec.Values = strconv.AppendInt(nil, int64(n)+1, 10)
	switch err := s.Save(ctx, c.keys[i], rec); {
	case err == nil:
		c.acked[i].Add(1)
	case !errors.Is(err, session.ErrConflict):
		c.tried[i].Add(1)
	}
}

// total returns how many increments were acknowledged.
func (c *counter) total() (n int64) {
	for i := range c.acked {
		n += c.acked[i].Load()
	}
	return n
}

// goesOn waits until more increments are acknowledged: many enough that each session is among them.
func (c *counter) goesOn(tb testing.TB) {
	tb.Helper()
	before := c.total()
	testredis.Eventually(tb, "increments go on", func() bool { return c.total() > before+int64(20*len(c.keys)) })
}

// end stops counting and returns how many increments were lost. None may have been done twice.
func (c *counter) end(tb testing.TB) (lost int64) {
	tb.Helper()
	c.stop()
	c.ended.Wait()
	for i, key := range c.keys {
		acked, tried := c.acked[i].Load(), c.tried[i].Load()
		var rec session.Record
		testredis.Eventually(tb, "a session is there", func() bool {
			var err error
			rec, err = c.stores[0].Load(tb.Context(), key)
			return err == nil
		})
		n, _ := strconv.ParseInt(string(rec.Values), 10, 64)
		if n > acked+tried || uint64(n)+1 != rec.Version {
			tb.Errorf("a session counts %d at version %d: %d increments were acknowledged, and %d may have been done", n, rec.Version, acked, tried)
		}
		lost += max(0, acked-n)
	}
	tb.Logf("%d increments were acknowledged, %d of them are lost", c.total(), lost)
	return lost
}

func wantNoneLost(tb testing.TB, lost int64) {
	tb.Helper()
	if lost != 0 {
		tb.Errorf("%d acknowledged increments are lost", lost)
	}
}

func openedTwice(tb testing.TB, o session.BackendOptions) []*redisstore.Store {
	tb.Helper()
	return []*redisstore.Store{opened(tb, o), opened(tb, o)}
}

func TestCutsLoseNoIncrementAndRepeatNone(t *testing.T) {
	t.Parallel()
	s, p := behind(t, testredis.Start(t))
	c := startCounter(t, 5, s)
	for range 10 {
		c.goesOn(t)
		p.CutBeforeReply([]byte("EVALSHA"))
		c.goesOn(t)
		p.Cut()
	}
	wantNoneLost(t, c.end(t))
}

func TestSlotMovesUnderLoad(t *testing.T) {
	t.Parallel()
	cluster := testredis.StartCluster(t, false)
	stores := openedTwice(t, session.BackendOptions{"url": cluster.URL()})
	c := startCounter(t, 5, stores...)
	slot := cluster.SlotOf(t, redisstore.KeyName(stores[0], c.keys[0]))
	from := cluster.Primaries[slot*3/16384]
	to := cluster.Primaries[(slot*3/16384+1)%3]
	cluster.Move(t, slot, from, to, func() {
		c.goesOn(t)
		for range 20 { // of which each third or so is a session that the old server does not have
			saved(t, stores[1], "x")
		}
		for _, err := range stores[0].List(t.Context()) {
			if err != nil && !strings.Contains(err.Error(), "list again") {
				t.Errorf("List failed with %v", err)
			} else if err != nil {
				return
			}
		}
		t.Error("List does not say that slots move")
	})
	c.goesOn(t)
	wantNoneLost(t, c.end(t))
}

func TestSlotIsAskedForWhereItGoes(t *testing.T) {
	t.Parallel()
	cluster := testredis.StartCluster(t, false)
	s := opened(t, session.BackendOptions{"url": cluster.URL()})
	key := newKey()
	slot := cluster.SlotOf(t, redisstore.KeyName(s, key))
	from, to := cluster.Primaries[slot*3/16384], cluster.Primaries[(slot*3/16384+1)%3]
	rec := record("x")
	cluster.Move(t, slot, from, to, func() {
		save(t, s, key, &rec) // from has no such key, and sends the client to where it will be
		save(t, s, key, &rec)
		wantValues(t, s, key, 2, "x")
	})
	save(t, s, key, &rec)
	wantValues(t, s, key, 3, "x")
	remove(t, s, key)
}

// A failover that the administrator asks for waits until the replica has everything.
func TestOrderlyClusterFailoverLosesNothing(t *testing.T) {
	t.Parallel()
	cluster := testredis.StartCluster(t, true)
	c := startCounter(t, 9, openedTwice(t, session.BackendOptions{"url": cluster.URL(), "timeout": "1s"})...)
	for i := range cluster.Primaries {
		c.goesOn(t)
		cluster.Replicas[i].Do(t, "CLUSTER", "FAILOVER")
		testredis.Eventually(t, "the replica is a primary", func() bool {
			return strings.Contains(cluster.Replicas[i].Do(t, "ROLE"), "master")
		})
	}
	c.goesOn(t)
	wantNoneLost(t, c.end(t))
}

// A primary that dies takes with it what its replica has not heard yet. WAIT makes that what was not acknowledged.
func TestPrimaryOfAClusterDies(t *testing.T) {
	t.Parallel()
	for name, replicas := range map[string]int{"without WAIT": 0, "with WAIT": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := testredis.StartCluster(t, true)
			o := session.BackendOptions{"url": cluster.URL(), "timeout": "1s", "wait_replicas": replicas}
			c := startCounter(t, 1, openedTwice(t, o)...)
			slot := cluster.SlotOf(t, redisstore.KeyName(c.stores[0], c.keys[0]))
			c.goesOn(t)
			cluster.Primaries[slot*3/16384].Stop(t)
			if replicas == 0 {
				c.goesOn(t)
				c.end(t) // what is lost is Redis's to say
				return
			}
			testredis.Eventually(t, "the replica is a primary", func() bool {
				role, _ := cluster.Replicas[slot*3/16384].Try("ROLE")
				return strings.Contains(role, "master")
			})
			wantNoneLost(t, c.end(t)) // nothing is acknowledged from now on: there is no other replica
		})
	}
}

func TestSentinelsFailover(t *testing.T) {
	t.Parallel()
	g := testredis.StartGuarded(t)
	c := startCounter(t, 5, openedTwice(t, session.BackendOptions{"url": g.URL(), "timeout": "1s"})...)
	c.goesOn(t)
	g.Primary.Stop(t)
	c.goesOn(t)
	c.end(t)
	g.Primary.Restart(t, "--replicaof", "127.0.0.1 "+g.Replica.Port())
	c = startCounter(t, 5, c.stores...)
	c.goesOn(t)
	wantNoneLost(t, c.end(t))
}

// A primary that lives becomes a replica at a failover, and refuses. What it has taken since the other was promoted is
// lost, as Redis says.
func TestSentinelsFailoverOfALivingPrimary(t *testing.T) {
	t.Parallel()
	g := testredis.StartGuarded(t)
	s := opened(t, session.BackendOptions{"url": g.URL(), "timeout": "1s"})
	saved(t, s, "x")
	g.Sentinels[0].Do(t, "SENTINEL", "FAILOVER", testredis.Name)
	testredis.Eventually(t, "the primary is a replica", func() bool {
		role, _ := g.Primary.Try("ROLE") // a Sentinel cuts connections when it changes it
		return strings.HasPrefix(role, "slave")
	})
	works(t, s)
	if !strings.HasPrefix(g.Replica.Do(t, "ROLE"), "master") {
		t.Error("the replica is no primary")
	}
}
