package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	visitors = 20
	changes  = 600 // of the visitors' counters
	clients  = 8   // that send requests at a time
)

// A cluster is what was started.
type cluster struct {
	out   io.Writer
	nodes []*node
	url   string // of the balancer

	visitors []*visitor
}

// tour shows what there is to see. It fails where something is not as it should be.
func (c *cluster) tour(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.logIn, c.loseNode, c.logOut} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// logIn logs the visitors in, and looks for each of them at another node.
func (c *cluster) logIn(ctx context.Context) error {
	say(c.out, "%d visitors log in, each at one node, and go on to another", visitors)
	at := map[string]int{}
	for i := range visitors {
		v := newVisitor(fmt.Sprintf("visitor-%d", i+1))
		c.visitors = append(c.visitors, v)
		here, there := c.nodes[i%len(c.nodes)], c.nodes[(i+1)%len(c.nodes)]
		if _, err := v.post(ctx, here.url()+"/login", url.Values{"username": {v.name}, "password": {"secret"}}); err != nil {
			return err
		}
		found, err := v.get(ctx, there.url()+"/")
		if err != nil {
			return err
		}
		if found.User != v.name || found.Node != there.name {
			return fmt.Errorf("%s logged in at node %s, and is %q at node %s", v.name, here.name, found.User, found.Node)
		}
		at[here.name]++
	}
	say(c.out, "  logged in at %s; known at the next node: %d of %d\n", byNode(at), visitors, visitors)
	return nil
}

// loseNode sends changes through the balancer and kills a node meanwhile. Each visitor must find every change that was
// answered, and no more than those whose answer was lost, at every node that is left.
func (c *cluster) loseNode(ctx context.Context) error {
	victim := c.nodes[1]
	say(c.out, "%d changes through the balancer, %d at a time, and node %s is killed in the middle", changes, clients, victim.name)
	l := &load{cluster: c, at: map[string]int{}, answered: make([]int, visitors), lost: make([]int, visitors), third: make(chan struct{})}
	killed := make(chan error, 1)
	go func() {
		<-l.third
		killed <- victim.kill()
	}()
	l.run(ctx)
	if err := errors.Join(<-killed, ctx.Err()); err != nil {
		return err
	}
	say(c.out, "  answered by %s; cut off: %d", byNode(l.at), sum(l.lost))

	c.nodes = slices.DeleteFunc(c.nodes, func(n *node) bool { return n == victim })
	for _, n := range c.nodes {
		stored := 0
		for i, v := range c.visitors {
			found, err := v.get(ctx, n.url()+"/")
			if err != nil {
				return err
			}
			if found.User != v.name || found.Visits < l.answered[i] || found.Visits > l.answered[i]+l.lost[i] {
				return fmt.Errorf("%s is %q at node %s, with %d changes, of %d that were answered and %d that were cut off",
					v.name, found.User, n.name, found.Visits, l.answered[i], l.lost[i])
			}
			stored += found.Visits
		}
		say(c.out, "  at node %s: %d of %d visitors are logged in, %d changes are stored: none of the %d that were answered is lost",
			n.name, visitors, visitors, stored, sum(l.answered))
	}
	return nil
}

// logOut logs a visitor out at one node, and tries his cookie at another.
func (c *cluster) logOut(ctx context.Context) error {
	v, here, there := c.visitors[0], c.nodes[0], c.nodes[1]
	thief := v.thief(there.url())
	if _, err := v.post(ctx, here.url()+"/logout", nil); err != nil {
		return err
	}
	found, err := thief.get(ctx, there.url()+"/")
	if err != nil {
		return err
	}
	if found.User != "" {
		return fmt.Errorf("%s logged out at node %s, and his cookie is still good at node %s", v.name, here.name, there.name)
	}
	say(c.out, "\n%s logs out at node %s\n  at node %s the cookie that he had is nobody's", v.name, here.name, there.name)
	return nil
}

// A load is requests of several clients at a time, for all visitors, often for the same one at once.
type load struct {
	cluster *cluster
	next    atomic.Int64
	third   chan struct{} // closed when a third of the requests was sent

	mu             sync.Mutex
	at             map[string]int // node: how many it answered
	answered, lost []int          // by visitor
}

func (l *load) run(ctx context.Context) {
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for n := l.next.Add(1) - 1; n < changes; n = l.next.Add(1) - 1 {
				if n == changes/3 {
					close(l.third)
				}
				i := int(n/2) % visitors // two of one visitor's in a row: they meet
				found, err := l.cluster.visitors[i].post(ctx, l.cluster.url+"/visits", nil)
				l.count(i, found, err)
			}
		})
	}
	all.Wait()
}

func (l *load) count(visitor int, found seen, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.lost[visitor]++
		return
	}
	l.answered[visitor]++
	l.at[found.Node]++
}

func (n *node) url() string { return "http://" + n.addr }

func byNode(counts map[string]int) string {
	var parts []string
	for name, n := range counts {
		parts = append(parts, fmt.Sprintf("node %s: %d", name, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func sum(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
