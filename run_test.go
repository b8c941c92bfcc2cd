package proapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi"
)

// get returns a response's status and body, or the error.
func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	w, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = w.Body.Close() }()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(w.StatusCode, " ", string(body))
}

// listen returns a listener and its URL.
func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, "http://" + l.Addr().String()
}

// A gate is a handler that waits.
type gate struct{ entered, open chan struct{} }

func newGate() gate { return gate{make(chan struct{}), make(chan struct{})} }

func (g gate) handle(r *proapi.Request) (any, error) {
	close(g.entered)
	select {
	case <-g.open:
		return "finished", nil
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}

func TestShutdownWaitsForRequests(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	app, _ := newApp(t, proapi.Options{})
	g := newGate()
	app.Get("/", g.handle)
	l, url := listen(t)
	served, answer, stopped := make(chan error, 1), make(chan string, 1), make(chan error, 1)
	go func() { served <- app.Serve(l) }()
	go func() { answer <- get(t, url) }()
	<-g.entered
	go func() { stopped <- app.Shutdown(t.Context()) }()
	for _, err := l.Accept(); err == nil; _, err = l.Accept() { // ends when Shutdown has closed the listener
	}
	select {
	case err := <-served:
		t.Errorf("Serve returned %v before the request was answered", err)
	case err := <-stopped:
		t.Errorf("Shutdown returned %v before the request was answered", err)
	default:
	}
	close(g.open)
	if got := <-answer; got != "200 finished" {
		t.Errorf("the request got %q", got)
	}
	if err := errors.Join(<-stopped, <-served); err != nil {
		t.Error(err)
	}
}

func TestShutdownCutsOffWhatTakesTooLong(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	g := newGate()
	app.Get("/", g.handle)
	l, url := listen(t)
	served, answer := make(chan error, 1), make(chan string, 1)
	go func() { served <- app.Serve(l) }()
	go func() { answer <- get(t, url) }()
	<-g.entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range map[string]error{"Shutdown": app.Shutdown(ctx), "a second": app.Shutdown(t.Context()), "Serve": <-served} {
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "requests were cut off") {
			t.Errorf("%s returned %v", what, err)
		}
	}
	if got := <-answer; strings.HasPrefix(got, "200") {
		t.Errorf("the request got %q", got)
	}
}

func TestServeReturnsTheServersError(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	l, _ := listen(t)
	_ = l.Close()
	if err := app.Serve(l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := app.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown after that: %v", err)
	}
}

func TestRunReturnsWhyItCannotListen(t *testing.T) {
	l, _ := listen(t)
	defer func() { _ = l.Close() }()
	app, _ := newApp(t, proapi.Options{})
	if err := app.Run(l.Addr().String()); err == nil || !strings.HasPrefix(err.Error(), "proapi: listen") {
		t.Errorf("got %v", err)
	}
}

func TestRunEndsWithShutdown(t *testing.T) {
	current := goleak.IgnoreCurrent()
	var once sync.Once
	var stopping atomic.Bool
	listening := make(chan struct{})
	handler := slog.NewTextHandler(writerFunc(func(b []byte) {
		if strings.Contains(string(b), "listening") {
			once.Do(func() { close(listening) })
		}
		if strings.Contains(string(b), "stopping") {
			stopping.Store(true)
		}
	}), nil)
	app, _ := newApp(t, proapi.Options{Logger: slog.New(handler)})
	ran := make(chan error, 1)
	go func() { ran <- app.Run("127.0.0.1:0") }()
	<-listening
	err := errors.Join(app.Shutdown(t.Context()), <-ran)
	goleak.VerifyNone(t, current)
	if err != nil || stopping.Load() {
		t.Errorf("got %v; taken for a signal: %v", err, stopping.Load())
	}
}

type writerFunc func(b []byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }

func TestServerHasLimits(t *testing.T) {
	app, _ := newApp(t, proapi.Options{MaxHeaderBytes: 1000, ReadHeaderTimeout: 50 * time.Millisecond})
	app.Get("/", answers("ok"))
	l, url := listen(t)
	served := make(chan error, 1)
	go func() { served <- app.Serve(l) }()
	if got := get(t, url+"/?"+strings.Repeat("x", 10_000)); !strings.HasPrefix(got, "431") {
		t.Errorf("a large header: got %s", got)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n") // and never the end
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("a slow header: the server did not close the connection: %v", err)
	}
	if err := errors.Join(app.Shutdown(t.Context()), <-served); err != nil {
		t.Error(err)
	}
}

func TestNegativeShutdownTimeoutIsNone(t *testing.T) {
	app, _ := newApp(t, proapi.Options{ShutdownTimeout: -1})
	if err := proapi.ShutdownInTime(app); err != nil {
		t.Error(err)
	}
}
