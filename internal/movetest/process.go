package movetest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// A Process is one of the application's. It answers requests until it is closed, when none is under way any more.
type Process interface {
	http.RoundTripper
	io.Closer
}

// options are what processes have in common.
func options() session.Options {
	return session.Options{SecretKey: "a secret of thirty-two bytes or more", Logger: slog.New(slog.DiscardHandler), StoreTimeout: 30 * time.Second}
}

// Inside starts what stands for a process within that of the test, on a store. A store that is an io.Closer is closed with it.
func Inside(t *testing.T, s session.Store) Process {
	t.Helper()
	o := options()
	o.Store = s
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &inside{newHandler(m), s}
}

type inside struct {
	handler http.Handler
	store   session.Store
}

func (p *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func (p *inside) Close() error { return closeStore(p.store) }

func closeStore(s session.Store) error {
	if c, ok := s.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// What a process of its own finds in its environment.
const (
	backendEnv = "MOVETEST_BACKEND"
	optionsEnv = "MOVETEST_OPTIONS" // in JSON
	listening  = "listening on "    // what it says when it does
)

// Outside starts a process of its own, with the backend that the options name: the test's program once more, whose
// TestProcess calls [Serve].
func Outside(t *testing.T, backend string, options session.BackendOptions) Process {
	t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	p := &outside{cmd: exec.Command(os.Args[0], "-test.run=^TestProcess$", "-test.timeout=0")} //nolint:gosec,noctx // it ends with its input
	p.cmd.Env = append(os.Environ(), backendEnv+"="+backend, optionsEnv+"="+string(text))
	p.cmd.Stderr = os.Stderr
	if p.lifeline, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	lines, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.said = bufio.NewScanner(lines)
	for p.said.Scan() {
		if addr, ok := strings.CutPrefix(p.said.Text(), listening); ok {
			p.addr, p.client = addr, &http.Transport{MaxIdleConnsPerHost: 100}
			return p
		}
		t.Log(p.said.Text())
	}
	t.Fatalf("a process did not start: %v", p.cmd.Wait())
	return nil
}

type outside struct {
	cmd      *exec.Cmd
	lifeline io.Closer
	said     *bufio.Scanner
	addr     string
	client   *http.Transport
}

func (p *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	r.URL.Scheme, r.URL.Host = "http", p.addr
	return p.client.RoundTrip(r)
}

func (p *outside) Close() error {
	p.client.CloseIdleConnections()
	_ = p.lifeline.Close()
	var rest strings.Builder
	for p.said.Scan() {
		rest.WriteString(p.said.Text() + "\n")
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("a process ended with %w\n%s", err, &rest)
	}
	return nil
}

// Serve is a process of its own, where the test is run as one. Otherwise the test is skipped.
func Serve(t *testing.T) {
	backend := os.Getenv(backendEnv)
	if backend == "" {
		t.Skip("the other tests run this one, as a process of the application")
	}
	o := options()
	o.Backend = backend
	if err := json.Unmarshal([]byte(os.Getenv(optionsEnv)), &o.BackendOptions); err != nil {
		t.Fatal(err)
	}
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: newHandler(m), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	_, _ = fmt.Fprintf(os.Stdout, "%s%s\n", listening, listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}
