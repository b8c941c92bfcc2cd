package redisstore_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The client closes a cluster's connections that are of no use any more after five seconds.
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient).redirectOrNew.func1"),
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"))
}

func TestConformance(t *testing.T) {
	t.Parallel()
	s := testredis.Start(t)
	for name, url := range map[string]string{"over TCP": "redis://" + s.Addr(), "over a socket": "unix://" + s.Socket() + "?db=3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) session.Store {
				return opened(t, session.BackendOptions{"url": url, "prefix": newPrefix()})
			})
		})
	}
}

func TestConformanceOfAClientOfTheCallers(t *testing.T) {
	t.Parallel()
	client := connect(t, testredis.Start(t))
	storetest.Run(t, func(t *testing.T) session.Store {
		return built(t, client, redisstore.Options{Prefix: newPrefix()})
	})
}

func TestConformanceOnACluster(t *testing.T) {
	t.Parallel()
	url := testredis.StartCluster(t, false).URL()
	storetest.Run(t, func(t *testing.T) session.Store {
		return opened(t, session.BackendOptions{"url": url, "prefix": newPrefix()})
	})
}

func TestConformanceWithReplicasThatAreWaitedFor(t *testing.T) {
	t.Parallel()
	url := testredis.StartCluster(t, true).URL()
	storetest.Run(t, func(t *testing.T) session.Store {
		return opened(t, session.BackendOptions{"url": url, "prefix": newPrefix(), "wait_replicas": 1, "timeout": "5s"})
	})
}

var prefixes atomic.Int64

// newPrefix returns a prefix that no test has used.
func newPrefix() string { return fmt.Sprintf("test%d-%d:", os.Getpid(), prefixes.Add(1)) }

func connect(tb testing.TB, s *testredis.Server) rueidis.Client {
	tb.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Addr()}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

// built returns a store on a client.
func built(tb testing.TB, client rueidis.Client, o redisstore.Options) *redisstore.Store {
	tb.Helper()
	s, err := redisstore.New(client, o)
	if err != nil {
		tb.Fatal(err)
	}
	closeLater(tb, s)
	return s
}

// opened returns the backend with the options.
func opened(tb testing.TB, o session.BackendOptions) *redisstore.Store {
	tb.Helper()
	s, err := redisstore.Open(o, discard)
	if err != nil {
		tb.Fatal(err)
	}
	ours, ok := s.(*redisstore.Store)
	if !ok {
		tb.Fatalf("Open returned a %T", s)
	}
	closeLater(tb, ours)
	return ours
}

func closeLater(tb testing.TB, s *redisstore.Store) {
	tb.Helper()
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
}
