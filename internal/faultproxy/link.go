package faultproxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// chunkSize is the most that one read gives, in bytes.
const chunkSize = 64 << 10

// A link is a client's connection and the one to the server that belongs to it.
type link struct {
	proxy  *Proxy
	client net.Conn
	server net.Conn           // nil until it is made; set under the proxy's lock
	cancel context.CancelFunc // ends what waits
	mute   atomic.Bool        // the server's bytes go nowhere any more
}

// run makes the connection to the server and hands bytes on until both sides have ended.
func (l *link) run(ctx context.Context) {
	defer l.cut()
	server, err := new(net.Dialer).DialContext(ctx, l.proxy.network, l.proxy.target)
	if err != nil || !l.join(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		l.pump(l.client, func(chunk []byte) error { return l.toServer(ctx, chunk) }, func() { closeWrite(l.server) })
	})
	both.Go(func() {
		l.pump(l.server, func(chunk []byte) error { return l.toClient(ctx, chunk) }, l.serverEnds)
	})
	both.Wait()
}

// join makes server the link's other end, unless the link was cut while the connection was made.
func (l *link) join(server net.Conn) bool {
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	if _, ok := l.proxy.links[l]; !ok {
		_ = server.Close()
		return false
	}
	l.server = server
	return true
}

// pump hands what it reads from src to forward, and calls ends where src ends. An error cuts the link.
func (l *link) pump(src net.Conn, forward func(chunk []byte) error, ends func()) {
	buf := make([]byte, chunkSize)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if err := forward(buf[:n]); err != nil {
				l.cut()
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			ends()
			return
		default:
			l.cut()
			return
		}
	}
}

func (l *link) toServer(ctx context.Context, chunk []byte) error {
	if l.mute.Load() {
		return nil // it came after the last command
	}
	if err := l.pass(ctx); err != nil {
		return err
	}
	last := l.proxy.isUnheard(chunk)
	if last {
		l.mute.Store(true)
	}
	_, err := l.server.Write(chunk)
	if last {
		// The server reads the command, then the end: it closes the connection when the work is done, not before.
		closeWrite(l.server)
	}
	return err
}

func (l *link) toClient(ctx context.Context, chunk []byte) error {
	if l.mute.Load() {
		return nil
	}
	if err := l.wait(ctx); err != nil {
		return err
	}
	if err := l.pass(ctx); err != nil {
		return err
	}
	_, err := l.client.Write(chunk)
	return err
}

// serverEnds hands the server's end on to the client; one that must not hear of the work is cut.
func (l *link) serverEnds() {
	if l.mute.Load() {
		l.cut()
		return
	}
	closeWrite(l.client)
}

// wait waits for the proxy's delay.
func (l *link) wait(ctx context.Context) error {
	l.proxy.mu.Lock()
	delay := l.proxy.delay
	l.proxy.mu.Unlock()
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pass waits until bytes may pass.
func (l *link) pass(ctx context.Context) error {
	l.proxy.mu.Lock()
	passing := l.proxy.passing
	l.proxy.mu.Unlock()
	select {
	case <-passing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *link) cut() {
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	l.close()
}

// close ends the link. The caller has the proxy's lock.
func (l *link) close() {
	delete(l.proxy.links, l)
	l.cancel()
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// closeWrite says to who reads from conn that nothing comes any more.
func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
