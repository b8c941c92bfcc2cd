// Package testredis gives tests a real Redis: a server, a Cluster, or a primary with its replica and Sentinels.
//
//	url := "redis://" + testredis.Start(t).Addr()
//
// All of them listen on 127.0.0.1, on ports that were free, keep nothing on disk, and end with the test. Where Redis is
// not installed the test is skipped, and in CI it fails (see package needs).
package testredis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/needs"
)

// patience is for how long a test waits for servers.
const patience = 30 * time.Second

// A Server is a redis-server of one test's own.
type Server struct {
	program string
	home    string // of its log and socket
	port    int
	args    []string
	user    []string // arguments of AUTH, none where nobody asks

	process *exec.Cmd
	exited  chan struct{}
}

// Start starts a server with arguments besides the defaults, such as "--maxmemory", "10mb". It ends with the test.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := &Server{program: needs.Redis.Path(tb), args: args}
	var err error
	if s.home, err = os.MkdirTemp("", "testredis-"); err != nil { //nolint:usetesting // a socket's path has to be short
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(s.stop(), os.RemoveAll(s.home)); err != nil {
			tb.Error(err)
		}
	})
	if s.port, err = freePort(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	s.launch(tb)
	return s
}

// Addr returns the host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Port returns the port.
func (s *Server) Port() string { return strconv.Itoa(s.port) }

// Socket returns the path of the server's socket.
func (s *Server) Socket() string { return filepath.Join(s.home, "s") }

// LogIn makes Do say who asks, from now on.
func (s *Server) LogIn(user, password string) { s.user = []string{"AUTH", user, password} }

// follows waits until s is in step with its primary, which knows it.
func (s *Server) follows(tb testing.TB, primary *Server) {
	tb.Helper()
	Eventually(tb, "a replica is in step", func() bool {
		said := primary.Do(tb, "INFO", "replication")
		return strings.Contains(said, "state=online") && !strings.Contains(said, "offset=0,") &&
			strings.Contains(s.Do(tb, "INFO", "replication"), "master_link_status:up")
	})
}

// Stop kills the server: connections break, and all that it had is gone.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if err := s.stop(); err != nil {
		tb.Fatal(err)
	}
}

// Restart starts a server that was stopped, on its port. Arguments are added to those that it had.
func (s *Server) Restart(tb testing.TB, args ...string) {
	tb.Helper()
	s.args = append(s.args, args...)
	s.launch(tb)
}

// Freeze stops the server's process, whose connections stay, until it is called with false.
func (s *Server) Freeze(tb testing.TB, on bool) {
	tb.Helper()
	signal := proceed
	if on {
		signal = pause
	}
	if err := s.process.Process.Signal(signal); err != nil {
		tb.Error(err)
	}
}

// launch starts the process and returns when it answers.
func (s *Server) launch(tb testing.TB) {
	tb.Helper()
	log, err := os.Create(s.log())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	args := append(s.config(), s.args...)
	s.process = exec.CommandContext(context.Background(), s.program, args...) //nolint:gosec // what needs has found
	s.process.Dir, s.process.Stdout, s.process.Stderr = s.home, log, log
	if err := s.process.Start(); err != nil {
		tb.Fatal(err)
	}
	s.exited = make(chan struct{})
	go func(process *exec.Cmd, exited chan struct{}) {
		_ = process.Wait() // it is ended by a signal
		close(exited)
	}(s.process, s.exited)
	Eventually(tb, s.Addr()+" listens", func() bool {
		select {
		case <-s.exited:
			said, _ := os.ReadFile(s.log())
			tb.Fatalf("testredis: the server did not start:\n%s", said)
		default:
		}
		said, err := os.ReadFile(s.log())
		return err == nil && (strings.Contains(string(said), "eady to accept connections") || strings.Contains(string(said), "Sentinel ID is"))
	})
}

// config returns the arguments that every server has. A Sentinel has a file, which it writes to.
func (s *Server) config() []string {
	if len(s.args) > 0 && strings.HasSuffix(s.args[0], ".conf") {
		return nil
	}
	return []string{
		"--port", s.Port(), "--bind", "127.0.0.1", "--unixsocket", s.Socket(), "--dir", s.home,
		"--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
	}
}

// stop ends the process.
func (s *Server) stop() error {
	if s.process == nil {
		return nil
	}
	process := s.process.Process
	s.process = nil
	if err := process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("testredis: stop: %w", err)
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(patience):
		return errors.New("testredis: the server does not stop")
	}
}

func (s *Server) log() string { return filepath.Join(s.home, "log") }

// freePort returns a port that was free a moment ago, and whose Cluster bus has one as well, 10000 above. Both are below
// those that systems give to clients, so that none of these takes one before the server does.
func freePort(ctx context.Context) (int, error) {
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(10_000))
		if err != nil {
			return 0, err
		}
		port := 12_000 + int(n.Int64())
		if isFree(ctx, port) && isFree(ctx, port+10_000) {
			return port, nil
		}
	}
	return 0, errors.New("testredis: no two ports are free")
}

func isFree(ctx context.Context, port int) bool {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// Eventually waits until ok, which others bring about.
func Eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !ok() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			tb.Fatalf("what the test waits for does not come: %s", what)
		}
	}
}
