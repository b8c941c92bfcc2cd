package frameworktest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func events(s *site) {
	v := s.user()
	s.tickSoon(noon)
	resp, err := v.open(http.MethodGet, "/clock", "")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // ends the handler, too
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		s.t.Errorf("the stream is %q", got)
	}
	lines := bufio.NewReader(resp.Body)
	s.wantsEvent(lines, "12:00:00, clock 1")
	s.tick(noon.Add(time.Second)) // when the first event has come: it was not held back
	s.wantsEvent(lines, "12:00:01, clock 1")
	if got := v.stored("clocks"); got != 1 {
		s.t.Errorf("clocks is stored as %v while the stream goes on, want 1", got)
	}
}

// tickSoon lets the clock tick as soon as somebody waits for it.
func (s *site) tickSoon(now time.Time) {
	s.ticking.Go(func() {
		select {
		case s.ticks <- now:
		case <-s.t.Context().Done():
		}
	})
}

// tick lets the clock tick. A handler that does not listen fails the test.
func (s *site) tick(now time.Time) {
	s.t.Helper()
	select {
	case s.ticks <- now:
	case <-time.After(10 * time.Second):
		s.t.Fatal("nobody waits for the clock's next tick")
	}
}

func (s *site) wantsEvent(r *bufio.Reader, want string) {
	s.t.Helper()
	line, err := r.ReadString('\n')
	for err == nil && !strings.HasPrefix(line, "data:") { // a comment, or the empty line after an event
		line, err = r.ReadString('\n')
	}
	if err != nil || !strings.Contains(line, want) {
		s.t.Fatalf("the event is %q, %v, want %q", line, err, want)
	}
}

func noStream(s *site) {
	v := s.user()
	s.store.Fail(storetest.Save, errDown)
	s.tickSoon(noon)
	resp, err := v.open(http.MethodGet, "/clock", "")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body := make([]byte, 64)
	n, _ := io.ReadFull(resp.Body, body)
	if resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(body[:n]), "data") {
		s.t.Errorf("a stream that cannot be stored is answered %d %q", resp.StatusCode, body[:n])
	}
}

func upgrades(s *site) {
	v := s.user()
	status, conn, lines := v.upgrade()
	defer func() { _ = conn.Close() }()
	if status != http.StatusSwitchingProtocols {
		s.t.Fatalf("the upgrade is answered %d", status)
	}
	if got := v.stored("upgraded"); got != true {
		s.t.Errorf("upgraded is stored as %v, want true", got)
	}
	if line, err := lines.ReadString('\n'); line != "hello ada\n" {
		s.t.Errorf("the connection says %q, %v", line, err)
	}
}

func noUpgrade(s *site) {
	v := s.user()
	s.store.Fail(storetest.Save, errDown)
	status, conn, _ := v.upgrade()
	defer func() { _ = conn.Close() }()
	if status != http.StatusServiceUnavailable {
		s.t.Errorf("an upgrade that cannot be stored is answered %d", status)
	}
}

// upgrade asks for one over a connection of its own, and returns what comes after the header.
func (v *visitor) upgrade() (status int, conn net.Conn, lines *bufio.Reader) {
	v.t.Helper()
	conn, err := new(net.Dialer).DialContext(v.t.Context(), "tcp", strings.TrimPrefix(v.url, "http://"))
	if err != nil {
		v.t.Fatal(err)
	}
	_, err = io.WriteString(conn, "GET /upgrade HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: line\r\n"+
		"Cookie: "+session.DefaultCookieName+"="+v.token()+"\r\n\r\n")
	if err != nil {
		v.t.Fatal(err)
	}
	lines = bufio.NewReader(conn)
	resp, err := http.ReadResponse(lines, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = resp.Body.Close() // a 101 has none
	return resp.StatusCode, conn, lines
}

// Upgrade is the page /upgrade, for frameworks that take a handler of net/http.
func Upgrade(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	s.Set("upgraded", true)
	conn, _, err := http.NewResponseController(w).Hijack() // stores the session first
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable) // and the session's error is the answer
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\nhello "+s.UserID()+"\n")
}
