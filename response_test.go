package proapi_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// serverAbilities are the options with which a handler must find what the server's writer can do.
var serverAbilities = map[string]proapi.Options{
	"without sessions": {},
	"with sessions":    withSessions(session.Options{}),
}

func TestFlushReachesTheClient(t *testing.T) {
	for name, options := range serverAbilities {
		t.Run(name, func(t *testing.T) {
			app, _ := newApp(t, options)
			seen := make(chan struct{})
			app.Handle("GET /assert", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "first\n")
				w.(http.Flusher).Flush()
				<-seen
			}))
			app.Handle("GET /control", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "first\n")
				control := http.NewResponseController(w)
				if err := errors.Join(control.SetWriteDeadline(time.Now().Add(time.Minute)), control.Flush()); err != nil {
					t.Error(err)
				}
				<-seen
			}))
			server := httptest.NewServer(app)
			defer server.Close()
			for _, path := range []string{"/assert", "/control"} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				w, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				line, err := bufio.NewReader(w.Body).ReadString('\n')
				seen <- struct{}{}
				if _ = w.Body.Close(); err != nil || line != "first\n" {
					t.Errorf("%s: got %q, %v", path, line, err)
				}
			}
		})
	}
}

func TestHijackGetsTheConnection(t *testing.T) {
	for name, options := range serverAbilities {
		t.Run(name, func(t *testing.T) {
			app, log := newApp(t, options)
			app.Handle("GET /", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, "taken over\n")
				_ = conn.Close()
				panic("after it")
			}))
			cause := make(chan any, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				cause <- panics(func() { app.ServeHTTP(w, r) })
			}))
			defer server.Close()
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			if got, _ := io.ReadAll(conn); string(got) != "taken over\n" {
				t.Errorf("got %q", got)
			}
			if got := <-cause; !isAbort(got) || !strings.Contains(log.String(), "after it") {
				t.Errorf("the server sees the panic %v, and the log is %s", got, log)
			}
		})
	}
}

func TestWriterWithoutAConnectionSaysSo(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, _, err := http.NewResponseController(w).Hijack(); err == nil {
			t.Error("a test's recorder can be hijacked")
		}
		panic("and the response has not begun")
	}))
	wantError(t, send(t, app, "GET", "/", ""), 500, "Internal Server Error")
}

func TestUploadPastTheLimitClosesTheConnection(t *testing.T) {
	app, _ := newApp(t, proapi.Options{MaxBodyBytes: 10})
	app.Post("/", func(r *proapi.Request) (any, error) { return nil, r.JSON(&struct{}{}) })
	server := httptest.NewServer(app)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(strings.Repeat(" ", 100)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	w, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	if w.StatusCode != http.StatusRequestEntityTooLarge || !w.Close {
		t.Errorf("got %d, closing %v", w.StatusCode, w.Close)
	}
}
