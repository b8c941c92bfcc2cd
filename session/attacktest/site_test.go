package attacktest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/memstore"
)

// A site is the application that is attacked, with all that it logs.
type site struct {
	*httptest.Server

	sessions *session.Manager
	log      *log
	slow     chan chan struct{} // a request to /slow hands over what lets it go on
}

// newSite starts an application with a store.
func newSite(t *testing.T, store session.Store, change ...func(*session.Options)) *site {
	t.Helper()
	s := &site{log: &log{}, slow: make(chan chan struct{})}
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := session.Options{SecretKey: "7a0f3c95e1d24b68a5c7f90b3e6d1824", Store: store, Logger: logger, StoreTimeout: 10 * time.Second}
	for _, c := range change {
		c(&o)
	}
	var err error
	if s.sessions, err = session.New(o); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewUnstartedServer(s.sessions.Middleware(s.routes()))
	s.Config.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelError) // of panics, too
	s.Start()
	t.Cleanup(func() {
		s.Close()
		if err := s.sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// routes are an application as guides write them: nobody has thought of an attacker.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, handler func(w http.ResponseWriter, r *http.Request, s *session.Session)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handler(w, r, session.From(r.Context())) })
	}
	handle("/", func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { _, _ = io.WriteString(w, "welcome") })
	handle("/me", func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		_, _ = fmt.Fprint(w, s.Get("username", ""), s.UserID(), "/", s.Get("cart", ""))
	})
	handle("POST /cart", func(_ http.ResponseWriter, r *http.Request, s *session.Session) { s.Set("cart", r.FormValue("item")) })
	handle("POST /login", func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Update(map[string]any{"user_id": 1, "username": r.FormValue("user"), "is_authenticated": true})
	})
	handle("POST /signin", func(_ http.ResponseWriter, r *http.Request, s *session.Session) { s.Login(r.FormValue("user")) })
	handle("POST /logout", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Clear() })
	handle("POST /signout", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Logout() })
	handle("POST /slow/{what}", func(_ http.ResponseWriter, r *http.Request, session *session.Session) {
		session.Get("cart")
		goOn := make(chan struct{})
		s.slow <- goOn
		<-goOn
		switch r.PathValue("what") {
		case "write":
			session.Set("cart", "late")
		case "role":
			session.Set("role", "admin")
		case "renew":
			session.Renew()
		}
	})
	handle("/panic", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		panic(fmt.Sprintf("%v %+v %#v", s, s, s.ID()))
	})
	return mux
}

// A client is a browser or a program with one cookie.
type client struct {
	t     *testing.T
	site  *site
	token string
}

func (s *site) client(t *testing.T, token string) *client {
	t.Helper()
	return &client{t: t, site: s, token: token}
}

// An answer is a response, read.
type answer struct {
	*http.Response

	body string
	set  []*http.Cookie // with the session's name
}

// send sends a request with the client's cookie, and keeps the one that the response sets.
func (c *client) send(method, path string, header ...string) answer {
	c.t.Helper()
	path, form, _ := strings.Cut(path, "?")
	r, err := http.NewRequestWithContext(context.Background(), method, c.site.URL+path, strings.NewReader(form))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.token != "" {
		r.Header.Set("Cookie", "session="+c.token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a := do(c.t, r)
	for _, set := range a.Cookies() {
		if set.Name == "session" {
			a.set = append(a.set, set)
			c.token = set.Value
		}
	}
	return a
}

func do(t *testing.T, r *http.Request) answer {
	t.Helper()
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return answer{Response: res, body: string(body)}
}

// sees returns what the site shows to who has the token: "user/cart".
func (s *site) sees(t *testing.T, token string) string {
	t.Helper()
	return s.client(t, token).send("GET", "/me").body
}

func (s *site) wantSeen(t *testing.T, who, token, want string) {
	t.Helper()
	if got := s.sees(t, token); got != want {
		t.Errorf("%s sees %q, want %q", who, got, want)
	}
}

const nobody = "/"

// A log keeps what is written to it.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newMemory(t *testing.T, o memstore.Options) session.Store {
	t.Helper()
	s, err := memstore.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newFiles(t *testing.T, directory string) session.Store {
	t.Helper()
	s, err := filestore.New(filestore.Options{Directory: directory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// onEachStore runs an attack on the stores that are built in.
func onEachStore(t *testing.T, attack func(t *testing.T, store session.Store)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { attack(t, newMemory(t, memstore.Options{})) })
	t.Run("file", func(t *testing.T) { attack(t, newFiles(t, t.TempDir()+"/sessions")) })
}
