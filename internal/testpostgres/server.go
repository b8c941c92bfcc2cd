package testpostgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/needs"
)

const (
	superuser = "postgres"
	password  = "correct-horse" // of a server that only tests can reach
	patience  = time.Minute     // with a server that starts or stops
)

// A Server is a PostgreSQL of one test's own.
type Server struct {
	programs string // directory of postgres and initdb
	home     string // of data and socket
	port     int
	settings []string

	lifeline io.Closer // the server runs until it is closed; nil where none runs
	said     *transcript
	exited   chan struct{}
}

// Start starts a server for one test, with settings such as "max_connections=5" besides the defaults. It is stopped,
// and its data removed, at the end of the test.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := start(tb, settings...)
	tb.Cleanup(func() {
		if err := s.end(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// URL returns the address of a database, as the superuser over TCP. A new server has the database "postgres".
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, password), Host: s.Addr(), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// Addr returns the host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Socket returns the directory of the server's socket, for the parameter "host" of a URL.
func (s *Server) Socket() string { return s.home }

// Stop stops the server at once, as a crash does: connections break, and what was committed is found again at the next
// Restart.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if err := s.stop(); err != nil {
		tb.Fatal(err)
	}
}

// Restart starts a server that was stopped, on its port and data. Settings are added to those that it had.
func (s *Server) Restart(tb testing.TB, settings ...string) {
	tb.Helper()
	s.settings = append(s.settings, settings...)
	if err := s.launch(); err != nil {
		tb.Fatal(err)
	}
}

func start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := &Server{programs: filepath.Dir(needs.Postgres.Path(tb)), settings: settings}
	if target, err := filepath.EvalSymlinks(filepath.Join(s.programs, "postgres")); err == nil {
		s.programs = filepath.Dir(target) // beside which initdb finds what it needs
	}
	err := s.create(tb.Context())
	if err == nil {
		err = s.launch()
	}
	if err != nil {
		tb.Fatal(errors.Join(err, s.end()))
	}
	return s
}

// settle makes the directory and finds a port. The directory does not lie in t.TempDir(), which the user postgres may not
// enter where the tests run as root.
func (s *Server) settle(ctx context.Context) (err error) {
	if s.home, err = os.MkdirTemp("", "testpostgres-"); err != nil {
		return err
	}
	if s.port, err = freePort(ctx); err != nil {
		return err
	}
	return giveAway(s.home)
}

// create makes the directory and the data in it.
func (s *Server) create(ctx context.Context) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	secret := filepath.Join(s.home, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return err
	}
	if err := giveAway(secret); err != nil {
		return err
	}
	initdb := s.command(ctx, filepath.Join(s.programs, "initdb"), "--pgdata="+s.data(), "--username="+superuser, "--pwfile="+secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("testpostgres: initdb: %w\n%s", err, out)
	}
	return nil
}

// launch starts the server and returns when it answers.
func (s *Server) launch() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.home}
	for _, set := range append([]string{"listen_addresses=127.0.0.1", "fsync=off", "shared_buffers=64MB"}, s.settings...) {
		args = append(args, "-c", set)
	}
	program, args := guarded(filepath.Join(s.programs, "postgres"), args)
	process := s.command(context.Background(), program, args...)
	lifeline, err := process.StdinPipe()
	if err != nil {
		return err
	}
	errs, err := process.StderrPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return fmt.Errorf("testpostgres: %w", err)
	}
	s.lifeline, s.said, s.exited = lifeline, &transcript{}, make(chan struct{})
	ready, exited := make(chan struct{}), s.exited
	go func() {
		defer close(exited)
		s.said.read(bufio.NewScanner(errs), "ready to accept", ready) // connections, or read-only ones
		_ = lifeline.Close()                                          // the server has ended: so may its guard
		_ = process.Wait()                                            // it is stopped by a signal
	}()
	select {
	case <-ready:
		return nil
	case <-exited:
		s.lifeline = nil
		return fmt.Errorf("testpostgres: the server did not start:\n%s", s.said)
	case <-time.After(patience):
		return fmt.Errorf("testpostgres: the server is not ready after %v:\n%s", patience, s.said)
	}
}

// stop ends the server's processes.
func (s *Server) stop() error {
	if s.lifeline == nil {
		return nil
	}
	_ = s.lifeline.Close() // or the server has ended by itself
	s.lifeline = nil
	select {
	case <-s.exited:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("testpostgres: the server does not stop:\n%s", s.said)
	}
}

// end stops the server and removes what it had.
func (s *Server) end() error { return errors.Join(s.stop(), os.RemoveAll(s.home)) }

func (s *Server) data() string { return filepath.Join(s.home, "data") }

func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // what needs has found
	cmd.Dir = s.home
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	runAsOther(cmd)
	return cmd
}

// freePort returns a port that was free a moment ago.
func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(port))
}
