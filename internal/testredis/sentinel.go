package testredis

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/needs"
)

// A Guarded is a primary and its replica, with three Sentinels.
type Guarded struct {
	Primary, Replica *Server
	Sentinels        []*Server
}

// Name is what the Sentinels call the primary.
const Name = "main"

// StartGuarded starts a primary, a replica and Sentinels, which take a server for gone after 500 ms.
func StartGuarded(tb testing.TB) *Guarded {
	tb.Helper()
	g := &Guarded{Primary: Start(tb)}
	g.Replica = Start(tb, "--replicaof", "127.0.0.1 "+g.Primary.Port())
	g.Replica.follows(tb, g.Primary)
	for range 3 {
		g.Sentinels = append(g.Sentinels, startSentinel(tb, g.Primary))
	}
	for _, s := range g.Sentinels {
		Eventually(tb, "the Sentinels know each other and the replica", func() bool {
			said := s.Do(tb, "SENTINEL", "MASTER", Name)
			return strings.Contains(said, "num-other-sentinels\n2\n") && strings.Contains(said, "num-slaves\n1\n")
		})
	}
	return g
}

// URL returns the Sentinels' address, as package redisstore takes it.
func (g *Guarded) URL() string {
	return fmt.Sprintf("redis://%s?addr=%s&addr=%s&master_set=%s", g.Sentinels[0].Addr(), g.Sentinels[1].Addr(), g.Sentinels[2].Addr(), Name)
}

func startSentinel(tb testing.TB, primary *Server) *Server {
	tb.Helper()
	port, err := freePort(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	home := tb.TempDir()
	conf := filepath.Join(home, "sentinel.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s 127.0.0.1 %s 2\nsentinel down-after-milliseconds %s 500\n"+
		"sentinel failover-timeout %s 3000\n", port, home, Name, primary.Port(), Name, Name)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	s := &Server{program: needs.Redis.Path(tb), home: home, port: port, args: []string{conf, "--sentinel"}}
	tb.Cleanup(func() {
		if err := s.stop(); err != nil {
			tb.Error(err)
		}
	})
	s.launch(tb)
	return s
}
