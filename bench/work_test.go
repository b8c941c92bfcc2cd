package bench

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/memstore"
)

// values are what a session of these benchmarks holds.
var values = map[string]any{
	"visits": 42,
	"name":   "Ada",
	"admin":  false,
	"since":  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	"text":   strings.Repeat("x", 100),
}

// A recorder is a ResponseWriter that costs nothing.
type recorder struct {
	header http.Header
	status int
}

func newRecorder() *recorder { return &recorder{header: make(http.Header, 4)} }

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }

var body = []byte("ok")

// What the handlers of every library do.
func bare(w http.ResponseWriter, _ *http.Request)      { _, _ = w.Write(body) }
func untouched(w http.ResponseWriter, r *http.Request) { bare(w, r) }

func read(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	if s.Get("visits") != 42 || s.Get("name") != "Ada" {
		panic("the session does not hold what was stored")
	}
	bare(w, r)
}

var writes int

func write(w http.ResponseWriter, r *http.Request) {
	writes++
	session.From(r.Context()).Set("visits", 1000+writes)
	bare(w, r)
}

func increment(w http.ResponseWriter, r *http.Request) {
	_ = session.Modify(session.From(r.Context()), "visits", func(n int) int { return n + 1 })
	bare(w, r)
}

func firstValue(w http.ResponseWriter, r *http.Request) {
	session.From(r.Context()).Set("visits", 42)
	bare(w, r)
}

func manager(b *testing.B, store session.Store) *session.Manager {
	b.Helper()
	m, err := session.New(session.Options{SecretKey: "a secret of thirty-two bytes or more", Store: store})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func memory(b *testing.B) session.Store {
	b.Helper()
	s, err := memstore.New(memstore.Options{MaxSessions: 100_000_000, MaxBytes: 64 << 30})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func files(b *testing.B, sync filestore.Sync) session.Store {
	b.Helper()
	s, err := filestore.New(filestore.Options{Directory: b.TempDir() + "/sessions", Sync: sync})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// request returns a request of a visitor whose session holds values.
func request(b *testing.B, m *session.Manager) *http.Request {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://example.com/", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	w := newRecorder()
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Update(values)
	})).ServeHTTP(w, r)
	cookie, _, _ := strings.Cut(w.header.Get("Set-Cookie"), ";")
	r.Header.Set("Cookie", cookie)
	return r
}
