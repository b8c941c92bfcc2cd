// Package faultproxy is the network between a client and a server, for tests in which it fails.
//
// A [Proxy] hands bytes on in both directions until the test says otherwise: it cuts connections, refuses new ones, lets
// bytes wait, and loses the answer to a command that was carried out.
package faultproxy

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// A Proxy takes connections on a loopback port and makes one to the target for each. Build it with [New]; it is safe for
// concurrent use.
//
// A connection is one of the proxy's when it was accepted, a moment after the client's Dial returned: a test that has had
// an answer over it can be sure.
type Proxy struct {
	network, target string
	listener        net.Listener
	running         sync.WaitGroup

	mu       sync.Mutex
	links    map[*link]struct{}
	refusing bool
	passing  chan struct{} // closed while bytes may pass
	delay    time.Duration
	unheard  []byte // what CutBeforeReply waits for, nil for nothing
}

// New starts a proxy to target, an address on network ("tcp" or "unix"). It ends with tb, and then nothing of it is left.
func New(tb testing.TB, network, target string) *Proxy {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("faultproxy: %v", err)
	}
	p := &Proxy{network: network, target: target, listener: listener, links: map[*link]struct{}{}, passing: make(chan struct{})}
	close(p.passing)
	p.running.Go(p.accept)
	tb.Cleanup(func() {
		_ = listener.Close()
		p.Refuse(true)
		p.running.Wait()
	})
	return p
}

// Addr returns the address that clients connect to, such as "127.0.0.1:41234", on network "tcp".
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Connections returns how many connections from clients there are.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

// Cut closes every connection, on both sides. No byte passes over one of them after Cut returned.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
}

// Refuse cuts every connection and closes new ones as soon as they are made, until it is called with false.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	p.refusing = on
	p.mu.Unlock()
	if on {
		p.Cut()
	}
}

// Stall makes bytes wait in both directions, until it is called with false. Connections are still made. What a client has
// sent before it gave up reaches the server when the wait ends.
func (p *Proxy) Stall(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.passing:
		if on {
			p.passing = make(chan struct{})
		}
	default:
		if !on {
			close(p.passing)
		}
	}
}

// Delay makes each chunk of bytes towards a client wait for d before it passes. A chunk is what one read has given.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// CutBeforeReply hands the next chunk from a client that contains match on to the server, whole, and cuts that connection
// before a byte of the answer comes back. The client sees the cut when the server is done with the connection: the work
// was done, and nobody knows. A chunk is what one read has given, at most 64 KiB; the command has to end in it.
func (p *Proxy) CutBeforeReply(match []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unheard = bytes.Clone(match)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the listener was closed
		}
		p.admit(client)
	}
}

func (p *Proxy) admit(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusing {
		_ = client.Close()
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{proxy: p, client: client, cancel: cancel}
	p.links[l] = struct{}{}
	p.running.Go(func() { l.run(ctx) })
}

// isUnheard reports whether chunk is the one that CutBeforeReply waits for, once.
func (p *Proxy) isUnheard(chunk []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unheard == nil || !bytes.Contains(chunk, p.unheard) {
		return false
	}
	p.unheard = nil
	return true
}
