package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

func often(o *admin.Options) { o.Interval = 20 * time.Millisecond; o.History = time.Minute }

// A stream is what a browser follows.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
	body  io.Closer
}

// follow follows the live figures as a client with a cookie.
func follow(t *testing.T, server *httptest.Server, c *client) *stream {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/admin/live?range=5m", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if cookie := c.Cookie("session"); cookie != nil {
		r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream is answered %s, %q", resp.Status, resp.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return &stream{t: t, lines: lines, body: resp.Body}
}

// next returns the next event's texts, nil where the stream has ended.
func (s *stream) next() map[string]string {
	s.t.Helper()
	for s.lines.Scan() {
		data, ok := strings.CutPrefix(s.lines.Text(), "data: ")
		if !ok {
			continue
		}
		var event struct{ Text, Path map[string]string }
		if err := json.Unmarshal([]byte(data), &event); err != nil || len(event.Path) == 0 {
			s.t.Fatalf("an event is %s: %v", data, err)
		}
		return event.Text
	}
	return nil
}

// end reads the stream until it ends, for as long as the test may last.
func (s *stream) end() {
	s.t.Helper()
	for s.next() != nil {
	}
}

func TestFiguresMove(t *testing.T) {
	a := newApp(t, session.Options{}, often)
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	root := a.login(t, "root")
	s := follow(t, server, root)
	for s.next()["tile-sessions"] != "1" {
	}
	a.login(t, "ann")
	for s.next()["tile-sessions"] != "2" {
	}
	_ = s.body.Close()
}

func TestStreamEndsWithTheSessionOfWhoFollowsIt(t *testing.T) {
	a := newApp(t, session.Options{}, often)
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	s := follow(t, server, a.login(t, "root"))
	s.next()
	if _, err := a.sessions.RevokeUser(t.Context(), "root"); err != nil {
		t.Fatal(err)
	}
	s.end()
}

func TestStreamEndsWithTheHandler(t *testing.T) {
	a := newApp(t, session.Options{}, often, everybodyMay)
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	s := follow(t, server, a.visitor(t))
	s.next()
	for range 2 {
		if err := a.page.Close(); err != nil {
			t.Error(err)
		}
	}
	s.end()
	if rec := a.visitor(t).get("/admin/live"); rec.Code != 503 {
		t.Errorf("afterwards a stream is answered %d", rec.Code)
	}
	if rec := a.visitor(t).get("/admin/"); rec.Code != 200 {
		t.Errorf("and a page %d", rec.Code)
	}
}

// A server that is shut down waits for its requests: streams must not hold it up.
func TestStreamsDoNotHoldUpAServersEnd(t *testing.T) {
	a := newApp(t, session.Options{}, often, everybodyMay)
	server, other := httptest.NewServer(a), httptest.NewServer(a)
	t.Cleanup(other.Close)
	t.Cleanup(server.Close)
	first, second, elsewhere := follow(t, server, a.visitor(t)), follow(t, server, a.visitor(t)), follow(t, other, a.visitor(t))
	first.next()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	first.end()
	second.end()
	if elsewhere.next() == nil {
		t.Error("the other server's stream has ended, too")
	}
}
