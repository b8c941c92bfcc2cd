package torture_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/internal/torture/history"
	"github.com/proapi-go/proapi/session"
)

// shortFaults is for how long the short form goes on where there are faults.
const shortFaults = 2500 * time.Millisecond

// A fault is something that happens to an engine, and that is over when it returns.
type fault func(stop <-chan struct{})

// nowAndThen brings about the faults, one after the other, until stop is closed, with a pause
// of about that length before each.
func nowAndThen(l *load, pause time.Duration, faults ...fault) func(stop <-chan struct{}) int {
	random := choices(l.seed, "faults")
	return func(stop <-chan struct{}) (n int) {
		for {
			wait(stop, pause/2+time.Duration(random.Int64N(int64(pause))))
			if closed(stop) {
				return n
			}
			faults[random.IntN(len(faults))](stop)
			n++
		}
	}
}

// network returns what can happen between a process and its engine. match is in every command that changes something.
func network(p *faultproxy.Proxy, match string) []fault {
	return []fault{
		func(<-chan struct{}) { p.Cut() },
		func(<-chan struct{}) { p.CutBeforeReply([]byte(match)) },
		func(stop <-chan struct{}) { p.Refuse(true); wait(stop, 300*time.Millisecond); p.Refuse(false) },
		func(stop <-chan struct{}) { p.Stall(true); wait(stop, 700*time.Millisecond); p.Stall(false) },
		func(stop <-chan struct{}) {
			p.Delay(20 * time.Millisecond)
			wait(stop, 300*time.Millisecond)
			p.Delay(0)
		},
	}
}

// suffered runs a load on two processes of the backend while the faults come, and wants that no promise is broken.
func suffered(t *testing.T, b backend, pause time.Duration, faults ...fault) {
	t.Helper()
	f, _ := launchAll(t, 2, b)
	l := newLoad(t, f)
	n := l.run(t, during(t, shortFaults), nowAndThen(l, pause, faults...))
	l.wantNone(t, n)
}

func redisAt(addr string) backend {
	return backend{"redis", session.BackendOptions{"url": "redis://" + addr, "timeout": "500ms"}}
}

func TestRedisBehindABadNetworkLosesNothing(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, "tcp", testredis.Start(t).Addr())
	suffered(t, redisAt(p.Addr()), 100*time.Millisecond, network(p, "EVALSHA")...)
}

func TestRedisThatKeepsALogLosesNothingWhenItIsKilled(t *testing.T) {
	t.Parallel()
	s := testredis.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	suffered(t, redisAt(s.Addr()), 300*time.Millisecond,
		func(<-chan struct{}) { s.Stop(t); s.Restart(t) },
		func(stop <-chan struct{}) { s.Freeze(t, true); wait(stop, 700*time.Millisecond); s.Freeze(t, false) })
}

func TestOrderlyFailoverOfAClusterLosesNothing(t *testing.T) {
	t.Parallel()
	const patience = 3 * time.Second // with a server that is slow, so that there are no other failovers than ours
	cluster := testredis.StartCluster(t, true, "--cluster-node-timeout", strconv.Itoa(int(patience.Milliseconds())))
	suffered(t, redisAt(strings.TrimPrefix(cluster.URL(), "redis://")), 300*time.Millisecond, func(stop <-chan struct{}) {
		for i := range cluster.Primaries {
			changePlaces(t, cluster.Primaries[i], cluster.Replicas[i])
			wait(stop, 100*time.Millisecond)
		}
		wait(stop, 2*patience) // nobody votes for the same again before
	})
}

// changePlaces makes the one of two servers that is a replica the primary.
func changePlaces(t *testing.T, a, b *testredis.Server) {
	t.Helper()
	if !isReplica(t, a) {
		a, b = b, a
	}
	var asked time.Time
	testredis.Eventually(t, "they have changed places", func() bool {
		if time.Since(asked) > 6*time.Second { // it is given up after five
			a.Do(t, "CLUSTER", "FAILOVER")
			asked = time.Now()
		}
		return strings.HasPrefix(a.Do(t, "ROLE"), "master") && isReplica(t, b)
	})
}

// isReplica reports whether a server is a replica that is in step.
func isReplica(t *testing.T, s *testredis.Server) bool {
	t.Helper()
	said := s.Do(t, "ROLE")
	return strings.HasPrefix(said, "slave") && strings.Contains(said, "\nconnected\n")
}

// A replica that takes over for a primary that died has not heard of its last moments: Redis does not promise more, and so
// nor does the store. What that costs is counted.
func TestWhatAFailoverAfterADeathCosts(t *testing.T) {
	t.Parallel()
	for name, replicas := range map[string]int{"without WAIT": 0, "with WAIT": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := testredis.StartGuarded(t)
			b := backend{"redis", session.BackendOptions{"url": g.URL(), "timeout": "1s", "wait_replicas": replicas}}
			f, _ := launchAll(t, 2, b)
			l := newLoad(t, f)
			n := l.run(t, during(t, 3*time.Second), nowAndThen(l, 500*time.Millisecond, func(stop <-chan struct{}) { dies(t, g, stop) }))
			lost := l.verdict(t, n)
			t.Logf("%d sessions lost a change that was acknowledged, or came back, as Redis documents; %d requests succeeded", len(lost), l.history.Counts().Verdicts[history.Done])
			if n == 0 || l.history.Counts().Verdicts[history.Done] < enough {
				t.Error("there was no failover, or nothing succeeded")
			}
		})
	}
}

// dies kills the primary, waits for the other to take over, and starts it again, as the replica.
func dies(t *testing.T, g *testredis.Guarded, stop <-chan struct{}) {
	t.Helper()
	g.Primary.Stop(t)
	testredis.Eventually(t, "the replica is the primary", func() bool { return says(g.Replica, "master", "ROLE") })
	g.Primary.Restart(t, "--replicaof", "127.0.0.1 "+g.Replica.Port())
	g.Primary, g.Replica = g.Replica, g.Primary
	testredis.Eventually(t, "the replica is in step", func() bool { return says(g.Replica, "master_link_status:up", "INFO", "replication") })
	wait(stop, 6*time.Second) // Sentinels take their time between two failovers
}

// says reports whether a text is in the answer of a server, from which a Sentinel may cut off all clients at this moment.
func says(s *testredis.Server, text string, command ...string) bool {
	said, err := s.Try(command...)
	return err == nil && strings.Contains(said, text)
}

func postgresAt(url, query string) backend {
	return backend{"postgres", session.BackendOptions{"url": url + query, "timeout": "1s"}}
}

func TestPostgresBehindABadNetworkLosesNothing(t *testing.T) {
	t.Parallel()
	s := testpostgres.Start(t)
	p := faultproxy.New(t, "tcp", s.Addr())
	suffered(t, postgresAt(strings.Replace(s.URL("postgres"), s.Addr(), p.Addr(), 1), ""), 100*time.Millisecond, network(p, "proapi_sessions")...)
}

func TestPostgresThatIsKilledLosesNothing(t *testing.T) {
	t.Parallel()
	s := testpostgres.Start(t)
	suffered(t, postgresAt(s.URL("postgres"), ""), 300*time.Millisecond, func(<-chan struct{}) { s.Stop(t); s.Restart(t) })
}

// A standby that takes over has what the primary has acknowledged, where that waits for it; and the processes find it by
// themselves. What it costs not to wait is counted.
func TestPostgresFailoverAfterADeath(t *testing.T) {
	t.Parallel()
	t.Run("waiting for the standby loses nothing", func(t *testing.T) {
		t.Parallel()
		l, n := failsOver(t, testpostgres.StartPair(t))
		l.wantNone(t, n)
	})
	if long(t) == 0 {
		return // there is nothing to be counted after one failover
	}
	t.Run("without waiting", func(t *testing.T) {
		t.Parallel()
		l, n := failsOver(t, testpostgres.StartPair(t, "synchronous_commit=local"))
		t.Logf("%d sessions lost a change that was acknowledged, or came back, as PostgreSQL documents", len(l.verdict(t, n)))
	})
}

// failsOver runs a load on two processes while the primary dies, and the other one takes over, again and again.
func failsOver(t *testing.T, p *testpostgres.Pair) (l *load, failovers int) {
	t.Helper()
	f, _ := launchAll(t, 2, postgresAt(p.URL("postgres"), ""))
	l = newLoad(t, f)
	failovers = l.run(t, during(t, shortFaults), nowAndThen(l, 300*time.Millisecond, func(stop <-chan struct{}) {
		p.FailOver(t)
		if !closed(stop) {
			p.Rejoin(t)
		}
	}))
	if failovers == 0 {
		t.Error("there was no failover")
	}
	tab := &tabOf{client: &http.Client{Transport: &http.Transport{}}}
	defer tab.client.CloseIdleConnections()
	for process := range f.urls {
		r := history.Request{Kind: history.Begin}
		if l.ask(tab, &r, "", url.Values{"mark": {"afterwards"}, "user": {"ada"}}, process); r.Verdict != history.Done {
			t.Errorf("process %d does not find the primary", process)
		}
	}
	return l, failovers
}

func TestServersOnOneDirectoryThatAreKilledLoseNothing(t *testing.T) {
	t.Parallel()
	b := backend{"file", session.BackendOptions{"directory": t.TempDir() + "/sessions"}}
	f, all := launchAll(t, 3, b)
	l := newLoad(t, f)
	random := choices(l.seed, "servers")
	n := l.run(t, during(t, shortFaults), nowAndThen(l, 200*time.Millisecond, func(<-chan struct{}) {
		i := random.IntN(len(all))
		all[i].kill()
		all[i] = f.launch(t, i, b)
	}))
	l.wantNone(t, n)
}
