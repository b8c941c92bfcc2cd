package faultproxy_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/faultproxy"
)

// A server answers each line with the same line and remembers it. It hangs up at "bye".
type server struct {
	net.Listener

	mu    sync.Mutex
	lines []string
	conns int
	seen  chan struct{} // one for each line
}

func start(t *testing.T, network string) (*server, *faultproxy.Proxy) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l, seen: make(chan struct{}, 1000)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
			running.Go(func() { s.answer(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return s, faultproxy.New(t, network, l.Addr().String())
}

func (s *server) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == "bye\n" {
			return
		}
		s.mu.Lock()
		s.lines = append(s.lines, strings.TrimSuffix(line, "\n"))
		s.mu.Unlock()
		s.seen <- struct{}{}
		if _, err := io.WriteString(conn, line); err != nil {
			return
		}
	}
}

func (s *server) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// hasSeen checks what the server has seen so far.
func (s *server) hasSeen(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if fmt.Sprint(s.lines) != fmt.Sprint(want) {
		t.Errorf("the server has seen %q, want %q", s.lines, want)
	}
}

// sees waits until the server sees line.
func (s *server) sees(t *testing.T, line string) {
	t.Helper()
	for {
		select {
		case <-s.seen:
			s.mu.Lock()
			last := s.lines[len(s.lines)-1]
			s.mu.Unlock()
			if last == line {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the server never sees %q", line)
		}
	}
}

type client struct{ *net.TCPConn }

func dial(t *testing.T, p *faultproxy.Proxy) *client {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{conn.(*net.TCPConn)}
}

func (c *client) asks(t *testing.T, line string) {
	t.Helper()
	c.says(t, line)
	c.hears(t, line)
}

func (c *client) says(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (c *client) hears(t *testing.T, line string) {
	t.Helper()
	c.deadline(t, 10*time.Second)
	got := make([]byte, len(line)+1)
	if n, err := io.ReadFull(c, got); err != nil || string(got) != line+"\n" {
		t.Fatalf("got an answer of %d bytes and %v, want the %d bytes that were asked", n, err, len(got))
	}
}

// hearsNothing waits a moment in which no byte may come, and in which those that were sent reach the proxy.
func (c *client) hearsNothing(t *testing.T) {
	t.Helper()
	c.deadline(t, 30*time.Millisecond)
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %d bytes and %v, want none and a connection that stays", n, err)
	}
}

// isCut waits for the end of the connection, before which no byte may come.
func (c *client) isCut(t *testing.T) {
	t.Helper()
	c.deadline(t, 10*time.Second)
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %d bytes and %v, want the connection's end", n, err)
	}
}

func (c *client) deadline(t *testing.T, d time.Duration) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}
