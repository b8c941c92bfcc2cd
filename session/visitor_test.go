package session_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/memstore"
)

const secret = "a-secret-of-thirty-two-bytes-or-more"

// newManager returns a manager over a store, with options changed by the test.
func newManager(t *testing.T, store session.Store, change ...func(*session.Options)) *session.Manager {
	t.Helper()
	o := session.Options{SecretKey: secret, Store: store, Logger: slog.New(slog.DiscardHandler), StoreTimeout: 30 * time.Second} // or a busy machine fails requests
	for _, c := range change {
		c(&o)
	}
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newMemory(t *testing.T) session.Store {
	t.Helper()
	s, err := memstore.New(memstore.Options{})
	return opened(t, s, err)
}

func newFile(t *testing.T) session.Store {
	t.Helper()
	s, err := filestore.New(filestore.Options{Directory: t.TempDir() + "/sessions"})
	return opened(t, s, err)
}

func opened[S interface {
	session.Store
	io.Closer
}](t *testing.T, s S, err error) session.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// onEachStore runs a test on the stores that are built in.
func onEachStore(t *testing.T, test func(t *testing.T, store session.Store)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, newMemory(t)) })
	t.Run("file", func(t *testing.T) { test(t, newFile(t)) })
}

// A visitor is a client with a cookie jar for one cookie.
type visitor struct {
	m     *session.Manager
	token string
}

// answer is what a visitor got.
type answer struct {
	*httptest.ResponseRecorder
	set *http.Cookie // the session's cookie, if the response set it
}

// visit sends one request, which handle answers, and keeps the cookie as a browser would.
func (v *visitor) visit(handle func(w http.ResponseWriter, r *http.Request, s *session.Session)) answer {
	a := v.send(httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody), handle)
	if a.set != nil {
		v.token = a.set.Value
	}
	return a
}

// use is visit for a handler that only uses the session and answers "ok".
func (v *visitor) use(handle func(s *session.Session)) answer {
	return v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		handle(s)
		_, _ = io.WriteString(w, "ok")
	})
}

func (v *visitor) send(r *http.Request, handle func(http.ResponseWriter, *http.Request, *session.Session)) answer {
	if v.token != "" {
		r.Header.Set("Cookie", "session="+v.token)
	}
	rec := httptest.NewRecorder()
	v.m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(w, r, session.From(r.Context()))
	})).ServeHTTP(rec, r)
	a := answer{ResponseRecorder: rec}
	for _, c := range rec.Result().Cookies() {
		if c.Name == "session" {
			a.set = c
		}
	}
	return a
}

// with returns a visitor that holds the same cookie, and keeps its own from then on.
func (v *visitor) with() *visitor { return &visitor{m: v.m, token: v.token} }

// sees returns the session's values as "key=value", sorted by key, and the user.
func (v *visitor) sees() string {
	var seen []string
	v.with().use(func(s *session.Session) {
		for key, value := range s.All() {
			seen = append(seen, fmt.Sprintf("%s=%v", key, value))
		}
		if user := s.UserID(); user != "" {
			seen = append(seen, "user:"+user)
		}
	})
	return strings.Join(seen, " ")
}

func wantSeen(t *testing.T, v *visitor, want string) {
	t.Helper()
	if got := v.sees(); got != want {
		t.Errorf("the session holds %q, want %q", got, want)
	}
}

func wantStatus(t *testing.T, a answer, want int) {
	t.Helper()
	if a.Code != want {
		t.Errorf("status %d %q, want %d", a.Code, a.Body, want)
	}
}

func wantNoCookie(t *testing.T, a answer) {
	t.Helper()
	if got := a.Header()["Set-Cookie"]; len(got) > 0 {
		t.Errorf("the response sets %d cookies, want none", len(got))
	}
}

func increment(s *session.Session, key string) {
	_ = session.Modify(s, key, func(n int) int { return n + 1 })
}
