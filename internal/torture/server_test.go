package torture_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	_ "github.com/proapi-go/proapi/session/pgstore"
	_ "github.com/proapi-go/proapi/session/redisstore"
)

// backendVariable tells a process of this program that it is to serve the application on a backend.
const backendVariable = "TORTURE_BACKEND"

// A backend is what a process keeps its sessions in.
type backend struct {
	Name    string
	Options map[string]any
}

func (b backend) open() (*session.Manager, error) {
	return session.New(optionsFor(session.Options{
		Backend: b.Name, BackendOptions: b.Options, Logger: slog.New(slog.DiscardHandler),
	}))
}

// serveBackend is the life of such a process: it serves until its standard input ends, with the test that started it.
func serveBackend(text string) error {
	var b backend
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return err
	}
	m, err := b.open()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: application(m), ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	_, _ = fmt.Fprintln(os.Stdout, listener.Addr())
	_ = server.Serve(listener) // until it is closed
	return m.Close()
}

// A fleet is the processes that serve the application. Clients ask any of them.
type fleet struct {
	mu   sync.RWMutex
	urls []string
}

func (f *fleet) url(n int) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.urls[n%len(f.urls)]
}

func (f *fleet) set(n int, url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.urls[n] = url
}

// inProcess serves the application in this process.
func inProcess(tb testing.TB, m *session.Manager) *fleet {
	tb.Helper()
	s := httptest.NewUnstartedServer(application(m))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.Start()
	tb.Cleanup(s.Close)
	return &fleet{urls: []string{s.URL}}
}

// A process serves the application elsewhere.
type process struct {
	tb    testing.TB
	cmd   *exec.Cmd
	input io.Closer
	ended sync.Once
}

// A process in which the race detector finds something ends at once, with this status. One in which it does not ends without
// the second that it waits otherwise.
const (
	raced     = 66
	raceRules = "GORACE=halt_on_error=1 atexit_sleep_ms=0 exitcode=66 "
)

// kill ends the process as it stands, and waits for its end.
func (p *process) kill() { p.end(func() { _ = p.cmd.Process.Kill() }) }

// stop asks the process to end, and waits for it.
func (p *process) stop() { p.end(func() { _ = p.input.Close() }) }

func (p *process) end(ask func()) {
	p.ended.Do(func() {
		ask()
		_ = p.cmd.Wait() // killed, or asked to
		if p.cmd.ProcessState != nil && p.cmd.ProcessState.ExitCode() == raced {
			p.tb.Error("a process has a data race")
		}
	})
}

// spawn starts this program again, with what tells it what to do, and returns the lines that it writes. It ends with the test.
// Where there is a tracer, that runs it.
func spawn(tb testing.TB, variable, value string, tracer ...string) (*process, *bufio.Reader) {
	tb.Helper()
	args := append(slices.Clip(tracer), os.Args[0])
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), variable+"="+value, raceRules+os.Getenv("GORACE"))
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	p := &process{tb: tb, cmd: cmd, input: input}
	tb.Cleanup(p.stop)
	return p, bufio.NewReader(output)
}

// launch starts a process that serves on the backend, as the n-th of the fleet.
func (f *fleet) launch(tb testing.TB, n int, b backend) *process {
	tb.Helper()
	text, err := json.Marshal(b)
	if err != nil {
		tb.Fatal(err)
	}
	p, out := spawn(tb, backendVariable, string(text))
	addr, err := out.ReadString('\n')
	if err != nil {
		tb.Fatalf("a server does not start: %v", err)
	}
	f.set(n, "http://"+strings.TrimSpace(addr))
	return p
}

// launchAll starts so many processes.
func launchAll(tb testing.TB, n int, b backend) (*fleet, []*process) {
	tb.Helper()
	f := &fleet{urls: make([]string, n)}
	var all []*process
	for i := range n {
		all = append(all, f.launch(tb, i, b))
	}
	return f, all
}
