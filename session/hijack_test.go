package session_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// connects sends a request of the visitor's and returns its connection.
func (v *visitor) connects(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nCookie: session="+v.token+"\r\n\r\n")
	return conn
}

func TestHijackedConnectionIsTheHandlers(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(*session.Session) {})
	server := serve(t, v.m, func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Set("socket", "open")
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		line, _ := buf.ReadString('\n')
		_, _ = io.WriteString(conn, "echo "+line)
	})
	server.Start()
	conn := v.connects(t, server)
	_, _ = io.WriteString(conn, "hello\n")
	if got, _ := bufio.NewReader(conn).ReadString('\n'); got != "echo hello\n" {
		t.Errorf("the connection answers %q", got)
	}
	wantSeen(t, v, "socket=open")
}

func TestHijackedConnectionHearsOfTheEndOfItsSessionAfterTheHandler(t *testing.T) {
	v := login(newManager(t, newMemory(t)), "ann")
	over := make(chan struct{})
	handler := v.m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ended := session.From(r.Context()).Done()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			<-ended
			_ = conn.Close()
		}()
	}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		close(over)
	}))
	defer server.Close()
	conn := v.connects(t, server)
	<-over
	v.with().use((*session.Session).Logout)
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("after the logout the connection reads %v, want its end", err)
	}
}
