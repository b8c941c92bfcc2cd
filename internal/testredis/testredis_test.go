package testredis_test

import (
	"testing"

	"github.com/proapi-go/proapi/internal/testredis"
)

func TestRestartedServerIsEmpty(t *testing.T) {
	s := testredis.Start(t)
	s.Do(t, "SET", "k", "v")
	if got := s.Do(t, "GET", "k"); got != "v" {
		t.Errorf("k is %q", got)
	}
	s.Stop(t)
	if _, err := s.Try("PING"); err == nil {
		t.Error("a server that was stopped answers")
	}
	s.Restart(t, "--maxmemory", "10mb")
	if got := s.Do(t, "GET", "k"); got != "" {
		t.Errorf("k is %q after a restart", got)
	}
	if got := s.Do(t, "CONFIG", "GET", "maxmemory"); got != "maxmemory\n10485760" {
		t.Errorf("the argument of the restart has no effect: %q", got)
	}
}

func TestClusterMovesASlot(t *testing.T) {
	c := testredis.StartCluster(t, true)
	slot := c.SlotOf(t, "k")
	from, to := c.Primaries[slot*3/16384], c.Primaries[(slot*3/16384+1)%3]
	from.Do(t, "SET", "k", "v")
	c.Move(t, slot, from, to, func() {
		if got := from.Do(t, "GET", "k"); got != "v" {
			t.Errorf("k is %q halfway", got)
		}
	})
	if got := to.Do(t, "GET", "k"); got != "v" {
		t.Errorf("k is %q where it was moved to", got)
	}
	if _, err := from.Try("GET", "k"); err == nil {
		t.Error("who had the slot still answers")
	}
}

func TestSentinelsReplaceAPrimary(t *testing.T) {
	g := testredis.StartGuarded(t)
	g.Primary.Stop(t)
	testredis.Eventually(t, "the replica is the primary", func() bool {
		return g.Sentinels[0].Do(t, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", testredis.Name) == "127.0.0.1\n"+g.Replica.Port()
	})
}

func TestServerTalksTLS(t *testing.T) {
	s, _, _ := testredis.StartTLS(t)
	if got := s.Do(t, "PING"); got != "PONG" { // over the socket, which has none
		t.Errorf("the server says %q", got)
	}
}
