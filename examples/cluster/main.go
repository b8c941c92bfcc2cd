// Cluster answers: how do I run several processes behind a load balancer, with sessions that all of them share?
//
// It starts a Redis of its own, three application processes and a load balancer, all on this machine's loopback, and shows
// that a visitor who logs in at one node is known at the others, and that nothing is lost when a node is killed:
//
//	go run ./examples/cluster
//
// With -serve it keeps them running afterwards, for curl or a browser. Whatever it started ends with it.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	serve := flag.Bool("serve", false, "keep serving, until Ctrl-C")
	addr := flag.String("addr", "127.0.0.1:0", "the `address` on which the load balancer listens; port 0 is one that is free")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Stdout, *addr, *serve)
	if err != nil && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		log.Fatal(err)
	}
}

const nodes = 3

// run is one of the nodes, in a process that was started as one; otherwise it starts everything, and shows it.
func run(ctx context.Context, out io.Writer, addr string, serve bool) (err error) {
	if name := os.Getenv(nodeName); name != "" {
		return serveNode(ctx, name)
	}
	redis, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.stop()) }()
	say(out, "Redis     %-24s process %s", redis.addr, redis.number)

	c := &cluster{out: out}
	secret := rand.Text() + rand.Text() // 260 bits; a real one stands in every node's environment, and stays the same
	for i := range nodes {
		n, err := startNode(ctx, strconv.Itoa(i+1), secret, redis.url())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.stop()) }()
		say(out, "node %s    %-24s process %d", n.name, n.addr, n.pid())
		c.nodes = append(c.nodes, n)
	}
	balancer, err := startBalancer(addr, c.nodes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, balancer.Close()) }()
	c.url = "http://" + balancer.addr
	say(out, "balancer  %s\n", c.url)
	if err := c.tour(ctx); err != nil || !serve {
		return err
	}
	say(out, tryThis, c.url)
	<-ctx.Done()
	return nil
}

const tryThis = `
Node 2 is dead, the others serve. Open %[1]s in a browser, or try

  curl -b /tmp/jar -c /tmp/jar %[1]s/login -d 'username=ann&password=secret'
  curl -b /tmp/jar -c /tmp/jar %[1]s/           # again and again: another node, the same visitor
  curl -b /tmp/jar -c /tmp/jar %[1]s/visits -X POST
  curl -b /tmp/jar -c /tmp/jar %[1]s/logout -X POST

Ctrl-C stops all of it.`

func say(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
