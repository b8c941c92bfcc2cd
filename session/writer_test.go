package session_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// serve starts a server whose requests handle answers, and returns it with a client that keeps cookies.
func serve(t *testing.T, m *session.Manager, handle func(http.ResponseWriter, *http.Request, *session.Session)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(w, r, session.From(r.Context()))
	})))
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, server *httptest.Server) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestChangesAreStoredBeforeTheFirstByteLeaves(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	for name, answer := range map[string]func(http.ResponseWriter) net.Conn{
		"Write":       func(w http.ResponseWriter) net.Conn { _, _ = w.Write([]byte("x")); return nil },
		"WriteString": func(w http.ResponseWriter) net.Conn { _, _ = io.WriteString(w, "x"); return nil },
		"WriteHeader": func(w http.ResponseWriter) net.Conn { w.WriteHeader(http.StatusNoContent); return nil },
		"Flush":       func(w http.ResponseWriter) net.Conn { w.(http.Flusher).Flush(); return nil },
		"controller":  func(w http.ResponseWriter) net.Conn { _ = http.NewResponseController(w).Flush(); return nil },
		"ReadFrom": func(w http.ResponseWriter) net.Conn {
			_, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("x"))
			return nil
		},
		"Hijack": func(w http.ResponseWriter) net.Conn { conn, _, _ := w.(http.Hijacker).Hijack(); return conn },
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, newManager(t, store), func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				s.Set("n", 1)
				before := store.Calls(storetest.Save)
				conn := answer(w)
				if got := store.Calls(storetest.Save) - before; got != 1 {
					t.Errorf("%d saves before the first byte, want 1", got)
				}
				s.Set("n", 2) // too late
				if session.Modify(s, "n", func(n int) int { return n }) == nil {
					t.Error("a change after the first byte was taken")
				}
				if conn != nil {
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
					_ = conn.Close()
				}
			})
			server.Start()
			get(t, server) //nolint:bodyclose // get closes it
		})
	}
}

func TestAnswerIsReplacedHoweverItIsWritten(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	for name, answer := range map[string]func(http.ResponseWriter){
		"nothing":     func(http.ResponseWriter) {},
		"Write":       func(w http.ResponseWriter) { _, _ = w.Write([]byte("lies")) },
		"WriteString": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "lies") },
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent); w.WriteHeader(http.StatusOK) },
		"Flush":       func(w http.ResponseWriter) { w.(http.Flusher).Flush(); _, _ = w.Write([]byte("lies")) },
		"ReadFrom":    func(w http.ResponseWriter) { _, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("lies")) },
		"Hijack": func(w http.ResponseWriter) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, newManager(t, store), func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				s.Set("n", 1)
				store.FailNext(storetest.Save, errStore)
				answer(w)
			})
			server.Start()
			resp := get(t, server) //nolint:bodyclose // get closes it
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(body), "lies") {
				t.Errorf("the client got %d %q", resp.StatusCode, body)
			}
		})
	}
}

func TestEarlyHintsDoNotFreezeTheSession(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	server := serve(t, v.m, func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		s.Set("n", 1)
	})
	server.Start()
	hints := 0
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		hints++
		if code != http.StatusEarlyHints || h.Get("Set-Cookie") != "" {
			t.Errorf("a %d with the header %v", code, h)
		}
		return nil
	}}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if hints != 1 || len(resp.Cookies()) != 1 {
		t.Fatalf("%d hints and %d cookies, want one of each", hints, len(resp.Cookies()))
	}
	v.token = resp.Cookies()[0].Value
	wantSeen(t, v, "n=1")
}

func TestStreamReachesTheClientPieceByPiece(t *testing.T) {
	next := make(chan struct{})
	server := serve(t, newManager(t, newMemory(t)), func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		for range 3 {
			_, _ = io.WriteString(w, "data\n")
			w.(http.Flusher).Flush()
			<-next
			s.Get("n")
		}
	})
	server.Start()
	lines := bufio.NewReader(get(t, server).Body) //nolint:bodyclose // get closes it
	for range 3 {
		if line, err := lines.ReadString('\n'); line != "data\n" {
			t.Fatalf("read %q, %v before the handler went on", line, err)
		}
		next <- struct{}{}
	}
}

func TestOnErrorHasTheHandlersRequest(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	asked := false
	m := newManager(t, store, func(o *session.Options) {
		o.OnError = func(w http.ResponseWriter, r *http.Request, status int, err error) {
			asked = true
			if got := session.From(r.Context()).Err(); !errors.Is(err, got) || r.URL.Path != "/page" {
				t.Errorf("the request's session fails with %v, the request for %s", got, r.URL.Path)
			}
			w.WriteHeader(status)
		}
	})
	store.Fail(storetest.Save, errors.New("the disk is full"))
	h := m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r.Context()).Set("n", 1) }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/page", http.NoBody))
	if !asked {
		t.Error("nobody is told of the error")
	}
}

func TestFileIsServedThroughTheServersReadFrom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(name, []byte(strings.Repeat("0123456789", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	server := serve(t, newManager(t, newMemory(t)), func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Set("n", 1)
		http.ServeFile(w, r, name)
	})
	server.Start()
	resp := get(t, server) //nolint:bodyclose // get closes it
	if body, _ := io.ReadAll(resp.Body); len(body) != 100_000 || resp.ContentLength != 100_000 {
		t.Errorf("%d bytes of %d", len(body), resp.ContentLength)
	}
	if len(resp.Cookies()) != 1 {
		t.Error("no cookie came with the file")
	}
}

func TestHTTP2FlushesAndPushes(t *testing.T) {
	server := serve(t, newManager(t, newMemory(t)), func(w http.ResponseWriter, r *http.Request, _ *session.Session) {
		if r.ProtoMajor != 2 {
			t.Errorf("the request came over %s", r.Proto)
		}
		_, hijacks := w.(http.Hijacker)
		pusher, pushes := w.(http.Pusher)
		if hijacks || !pushes {
			t.Errorf("the writer can hijack: %t, push: %t", hijacks, pushes)
		}
		if pushes {
			_ = pusher.Push("/style.css", nil) // Go's client does not take any
		}
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "two")
	})
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	if body, _ := io.ReadAll(get(t, server).Body); string(body) != "two" { //nolint:bodyclose // get closes it
		t.Errorf("read %q", body)
	}
}

// bareWriter can do nothing but what every ResponseWriter can.
type bareWriter struct{ http.ResponseWriter }

func TestWriterClaimsOnlyWhatTheServersCan(t *testing.T) {
	m := newManager(t, newMemory(t))
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(http.Flusher); ok {
			t.Error("the writer claims to flush")
		}
		if _, ok := w.(http.Hijacker); ok {
			t.Error("the writer claims to hijack")
		}
		if _, ok := w.(io.ReaderFrom); ok {
			t.Error("the writer claims to read from")
		}
	})).ServeHTTP(bareWriter{httptest.NewRecorder()}, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
}

func TestSwitchingProtocolsIsAFinalAnswer(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Set("n", 2)
		w.WriteHeader(http.StatusSwitchingProtocols)
		wantSeen(t, v, "n=2")
	})
}

// TestStreamThatIsRefusedEnds has a handler that goes on until its client leaves, who waits for the status.
func TestStreamThatIsRefusedEnds(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	store.Fail(storetest.Save, errStore)
	cause := make(chan error, 1)
	server := serve(t, newManager(t, store), func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Set("n", 1)
		_, _ = io.WriteString(w, "data: 1\n\n")
		_ = http.NewResponseController(w).Flush()
		<-w.(interface{ CloseNotify() <-chan bool }).CloseNotify() // as Gin waits, and
		<-r.Context().Done()                                       // as others do
		cause <- context.Cause(r.Context())
	})
	server.Start()
	if resp := get(t, server); resp.StatusCode != http.StatusServiceUnavailable { //nolint:bodyclose // get closes it
		t.Errorf("status %d, want 503", resp.StatusCode)
	}
	if err := <-cause; !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("the handler's context ended with %v, want ErrUnavailable", err)
	}
}
