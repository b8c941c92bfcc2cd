package torture_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
)

// pipes is a listener whose connections are in memory, so that there may be more than the system has descriptors for.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial() (net.Conn, error) {
	client, server := net.Pipe()
	p.conns <- server
	return client, nil
}

// slowly opens so many connections that send half a header and no more, and returns when the server has closed all of them.
// It calls meanwhile when all are open.
func slowly(t *testing.T, n int, dial func() (net.Conn, error), meanwhile func()) {
	t.Helper()
	var open, ended sync.WaitGroup
	open.Add(n)
	for range n {
		ended.Go(func() {
			conn, err := dial()
			if err == nil {
				_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop\r\nX-Slow: ")
			}
			open.Done()
			if err != nil {
				t.Errorf("a slow client cannot connect: %v", err)
				return
			}
			_, _ = io.Copy(io.Discard, conn) // until the server ends it
			_ = conn.Close()
		})
	}
	open.Wait()
	meanwhile()
	ended.Wait()
}

// keptByRuntime is the most that Go keeps of the goroutines of one client when they have ended, as it never gives their
// descriptors back; a client that is there takes some 20 KiB.
const keptByRuntime = 4 << 10

func TestSlowClientsAreTimedOut(t *testing.T) {
	for name, c := range map[string]struct{ short, long int }{
		"sockets": {500, 9000}, // both ends are in this process, which may have some 20,000 descriptors
		"pipes":   {2000, 100_000},
	} {
		t.Run(name, func(t *testing.T) {
			app, err := proapi.New(proapi.Options{
				ReadHeaderTimeout: forms(t, time.Second, 10*time.Second), Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			app.Get("/", func(*proapi.Request) (any, error) { return "here", nil })
			tcp := onLoopback(t)
			listener, dial := tcp, func() (net.Conn, error) { return net.Dial("tcp", tcp.Addr().String()) } //nolint:noctx // a slow client
			if name == "pipes" {
				_ = tcp.Close()
				p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
				listener, dial = p, p.dial
			}
			serveOn(t, app, listener)
			n := min(forms(t, c.short, c.long), mostGoroutines/3) // each has three
			if name == "sockets" {
				n = min(n, descriptorLimit(t)/2-200)
			}
			before, goroutines := heap(), runtime.NumGoroutine()
			var each int64
			slowly(t, n, dial, func() {
				each = (heap() - before) / int64(n)
				client := &http.Client{Transport: &http.Transport{
					DialContext: func(context.Context, string, string) (net.Conn, error) { return dial() },
				}}
				defer client.CloseIdleConnections()
				resp, err := client.Get("http://shop/") //nolint:noctx // as above
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
			})
			waitFor(t, func() bool { return runtime.NumGoroutine() <= goroutines+8 })
			grown := heap() - before
			t.Logf("%d slow clients, some %d KiB of heap each with both ends, all timed out; another one was answered meanwhile; the heap has grown by %d KiB", n, each>>10, grown>>10)
			if grown > 8*megabyte+int64(n)*keptByRuntime {
				t.Error("something stays")
			}
		})
	}
}

// waitFor waits until ok, which others bring about.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("what the test waits for does not come")
		}
		wait(nil, 5*time.Millisecond)
	}
}
