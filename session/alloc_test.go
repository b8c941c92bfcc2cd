//go:build !race

package session_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// silentWriter is a ResponseWriter that allocates nothing.
type silentWriter struct{ header http.Header }

func (w *silentWriter) Header() http.Header         { return w.header }
func (w *silentWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *silentWriter) WriteHeader(int)             {}

// The race detector makes sync.Pool forget, so this is counted without it. A first value is left out: now and then the
// store grows for it.
func TestRequestsAllocateLittle(t *testing.T) {
	m := newManager(t, newMemory(t))
	v := &visitor{m: m}
	v.use(func(s *session.Session) {
		s.Update(map[string]any{
			"visits": 42, "name": "Ada", "admin": false, "since": time.Unix(1e9, 0), "text": strings.Repeat("x", 100),
		})
	})
	written := 1000
	for name, c := range map[string]struct {
		most  float64
		token string
		use   func(s *session.Session)
	}{
		"untouched": {1, v.token, func(*session.Session) {}},
		"read": {4, v.token, func(s *session.Session) {
			n, err := session.Value[int](s, "visits")
			name, _ := session.Value[string](s, "name")
			if n < 42 || name != "Ada" || err != nil {
				t.Errorf("read %d, %q, %v", n, name, err)
			}
		}},
		"write": {5, v.token, func(s *session.Session) { // one of them is the caller's: a number in an any
			written++
			s.Set("visits", written)
		}},
		"modify":      {6, v.token, func(s *session.Session) { increment(s, "visits") }},
		"first visit": {4, "", func(*session.Session) {}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		if c.token != "" {
			r.Header.Set("Cookie", "session="+c.token)
		}
		w := &silentWriter{header: http.Header{}}
		h := m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.use(session.From(r.Context()))
			w.WriteHeader(http.StatusNoContent)
		}))
		got := testing.AllocsPerRun(200, func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		})
		if got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", name, got, c.most)
		}
		t.Logf("%s: %v allocations", name, got)
	}
}
