package testredis

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// A Cluster is one of three primaries, and of a replica for each where the test has asked for them.
type Cluster struct {
	Primaries []*Server
	Replicas  []*Server // of the primary with the same index
}

const slots = 16384

// StartCluster starts a cluster, which takes a server for gone after 700 ms. It ends with the test.
func StartCluster(tb testing.TB, replicas bool, args ...string) *Cluster {
	tb.Helper()
	args = append([]string{"--cluster-enabled", "yes", "--cluster-node-timeout", "700", "--cluster-replica-validity-factor", "0"}, args...)
	c := &Cluster{}
	const primaries = 3
	for i := range primaries {
		s := Start(tb, args...)
		s.Do(tb, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		add := []string{"CLUSTER", "ADDSLOTS"}
		for slot := i * slots / primaries; slot < (i+1)*slots/primaries; slot++ {
			add = append(add, strconv.Itoa(slot))
		}
		s.Do(tb, add...)
		c.Primaries = append(c.Primaries, s)
	}
	for range c.Primaries {
		if replicas {
			c.Replicas = append(c.Replicas, Start(tb, args...))
		}
	}
	c.meet(tb)
	for i, r := range c.Replicas {
		id := c.Primaries[i].ID(tb)
		r.Do(tb, "CLUSTER", "REPLICATE", id)
	}
	for i, r := range c.Replicas {
		r.follows(tb, c.Primaries[i])
	}
	for _, s := range c.all() {
		Eventually(tb, "every replica is known", func() bool { return strings.Count(s.Do(tb, "CLUSTER", "NODES"), "slave ") == len(c.Replicas) })
	}
	return c
}

// meet makes the servers know each other.
func (c *Cluster) meet(tb testing.TB) {
	tb.Helper()
	for _, s := range c.all()[1:] {
		s.Do(tb, "CLUSTER", "MEET", "127.0.0.1", c.Primaries[0].Port())
	}
	for _, s := range c.all() {
		Eventually(tb, "the cluster is up", func() bool {
			info := s.Do(tb, "CLUSTER", "INFO")
			return strings.Contains(info, "cluster_state:ok") &&
				strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", len(c.all()))) &&
				!strings.Contains(s.Do(tb, "CLUSTER", "NODES"), "handshake")
		})
	}
}

func (c *Cluster) all() []*Server { return append(append([]*Server{}, c.Primaries...), c.Replicas...) }

// URL returns the cluster's address by all of its servers, as package redisstore takes it.
func (c *Cluster) URL() string {
	var more []string
	for _, s := range c.all()[1:] {
		more = append(more, "addr="+s.Addr())
	}
	return "redis://" + c.Primaries[0].Addr() + "?" + strings.Join(more, "&")
}

// ID returns the name of a cluster's server.
func (s *Server) ID(tb testing.TB) string {
	tb.Helper()
	return s.Do(tb, "CLUSTER", "MYID")
}

// Move moves a slot from one primary to another. It calls halfway when both know of it and no key has moved yet: for a key
// that is not there, the one sends clients to the other.
func (c *Cluster) Move(tb testing.TB, slot int, from, to *Server, halfway func()) {
	tb.Helper()
	n := strconv.Itoa(slot)
	to.Do(tb, "CLUSTER", "SETSLOT", n, "IMPORTING", from.ID(tb))
	from.Do(tb, "CLUSTER", "SETSLOT", n, "MIGRATING", to.ID(tb))
	halfway()
	for {
		keys := from.Do(tb, "CLUSTER", "GETKEYSINSLOT", n, "10")
		if keys == "" {
			break
		}
		command := []string{"MIGRATE", "127.0.0.1", to.Port(), "", "0", "5000", "KEYS"}
		from.Do(tb, append(command, strings.Split(keys, "\n")...)...)
	}
	to.Do(tb, "CLUSTER", "SETSLOT", n, "NODE", to.ID(tb))
	for _, s := range c.Primaries {
		s.Do(tb, "CLUSTER", "SETSLOT", n, "NODE", to.ID(tb))
	}
}

// SlotOf returns the slot of a key.
func (c *Cluster) SlotOf(tb testing.TB, key string) int {
	tb.Helper()
	slot, err := strconv.Atoi(c.Primaries[0].Do(tb, "CLUSTER", "KEYSLOT", key))
	if err != nil {
		tb.Fatal(err)
	}
	return slot
}
