package redisstore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
)

const secret = "a-secret-of-thirty-two-bytes-or-more"

func newManager(tb testing.TB, s session.Store) *session.Manager {
	tb.Helper()
	m, err := session.New(session.Options{SecretKey: secret, Store: s, Logger: discard})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// A visitor is a client with a cookie jar for one cookie.
type visitor struct {
	m     *session.Manager
	token string
}

// with returns a visitor with the same cookie, at another process's manager.
func (v *visitor) with(m *session.Manager) *visitor { return &visitor{m: m, token: v.token} }

// use makes a request whose handler does f, and returns the status.
func (v *visitor) use(tb testing.TB, f func(s *session.Session)) int {
	tb.Helper()
	h := v.m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r.Context())) }))
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/", nil)
	if v.token != "" {
		r.AddCookie(&http.Cookie{Name: "session", Value: v.token})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "session" {
			v.token = c.Value
		}
	}
	return w.Code
}

func increment(s *session.Session) { _ = session.Modify(s, "n", func(n int) int { return n + 1 }) }

// wantN checks the number that increment counts.
func wantN(tb testing.TB, v *visitor, want int) {
	tb.Helper()
	v.use(tb, func(s *session.Session) {
		if n := s.Get("n"); n != want {
			tb.Errorf("n is %v, want %d", n, want)
		}
	})
}

func TestStoresOnOneServerLoseNoUpdate(t *testing.T) {
	t.Parallel()
	url := "redis://" + testredis.Start(t).Addr()
	var managers []*session.Manager
	for range 3 {
		managers = append(managers, newManager(t, opened(t, session.BackendOptions{"url": url})))
	}
	v := &visitor{m: managers[0]}
	v.use(t, func(s *session.Session) { s.Set("n", 0) })
	const each = 30
	var all sync.WaitGroup
	for i, m := range managers {
		for n := range each {
			all.Go(func() {
				status := v.with(m).use(t, func(s *session.Session) {
					increment(s)
					s.Set(fmt.Sprintf("%d-%d", i, n), n)
				})
				if status != http.StatusOK {
					t.Errorf("status %d", status)
				}
			})
		}
	}
	all.Wait()
	wantN(t, v, len(managers)*each)
	v.use(t, func(s *session.Session) {
		if got := s.Len(); got != len(managers)*each+1 {
			t.Errorf("%d values, want %d", got, len(managers)*each+1)
		}
	})
}

func TestLogoutAtAnotherProcessWinsOverSlowRequest(t *testing.T) {
	t.Parallel()
	url := "redis://" + testredis.Start(t).Addr()
	v := &visitor{m: newManager(t, opened(t, session.BackendOptions{"url": url}))}
	other := newManager(t, opened(t, session.BackendOptions{"url": url}))
	v.use(t, func(s *session.Session) { s.Login("7") })
	before := v.with(other)
	status := v.with(v.m).use(t, func(s *session.Session) {
		s.UserID()
		if status := v.with(other).use(t, (*session.Session).Logout); status != http.StatusOK {
			t.Errorf("the logout has status %d", status)
		}
		s.Set("cart", 3)
	})
	if status != http.StatusConflict {
		t.Errorf("the slow request has status %d, want 409", status)
	}
	before.use(t, func(s *session.Session) {
		if s.UserID() != "" {
			t.Error("the session is back")
		}
	})
}

// With the defaults of everything, a request is answered within two seconds whatever the server does. What is answered with
// success is stored, once; what is not may be.
func TestRequestsAreAnsweredInTimeAndNoneIsCountedTwice(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	p := faultproxy.New(t, "tcp", server.Addr())
	v := &visitor{m: newManager(t, opened(t, session.BackendOptions{"url": "redis://" + p.Addr()}))}
	v.use(t, func(s *session.Session) { s.Set("n", 0) })
	n := func() (n int) {
		v.use(t, func(s *session.Session) { n = s.Get("n", 0).(int) })
		return n
	}
	answered, open := 0, 0
	count := func() int {
		began := time.Now()
		status := v.use(t, increment)
		if took := time.Since(began); took > session.DefaultStoreTimeout+slack {
			t.Errorf("a request took %v", took)
		}
		switch status {
		case http.StatusOK:
			answered++
		case http.StatusServiceUnavailable:
			open++
		default:
			t.Errorf("the status is %d, want 200 or 503", status)
		}
		return status
	}
	for name, fail := range map[string]func(on bool){
		"nothing passes":          p.Stall,
		"connections are refused": p.Refuse,
		"the server hangs":        func(on bool) { server.Freeze(t, on) },
	} {
		fail(true)
		if status := count(); status != http.StatusServiceUnavailable {
			t.Errorf("%s: the status is %d, want 503", name, status)
		}
		fail(false)
		testredis.Eventually(t, "requests succeed again", func() bool { return count() == http.StatusOK })
		before := n()
		p.CutBeforeReply([]byte("EVALSHA"))
		if status := count(); status != http.StatusServiceUnavailable || n() != before+1 {
			t.Errorf("a request whose save is not answered has status %d and raises n from %d to %d, want 503 and by one", status, before, n())
		}
	}
	testredis.Eventually(t, "requests succeed again", func() bool { return count() == http.StatusOK })
	if n() < answered || n() > answered+open {
		t.Errorf("n is %d, with %d requests that were answered and %d that were not", n(), answered, open)
	}
}
