package pgstore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
)

const (
	processes   = 3
	perProcess  = 40
	workerEnv   = "PGSTORE_TEST_WORKER"
	workerURL   = "PGSTORE_TEST_URL"
	workerToken = "PGSTORE_TEST_TOKEN"
)

// TestWorker is one of the processes that the tests below start.
func TestWorker(t *testing.T) {
	name := os.Getenv(workerEnv)
	if name == "" {
		t.Skip("runs only as a process of the tests below")
	}
	v := &visitor{m: newManager(t, opened(t, session.BackendOptions{"url": os.Getenv(workerURL)})), token: os.Getenv(workerToken)}
	if name == "logout" {
		wantStatus(t, v.use(t, (*session.Session).Logout), http.StatusOK)
		return
	}
	write(t, v, name)
}

// write makes requests at once, each of which counts and sets a value of its own.
func write(t *testing.T, v *visitor, name string) {
	t.Helper()
	var all sync.WaitGroup
	for i := range perProcess {
		all.Go(func() {
			status := v.with(v.m).use(t, func(s *session.Session) {
				if err := session.Modify(s, "n", func(n int) int { return n + 1 }); err != nil {
					t.Error(err)
				}
				s.Set(fmt.Sprintf("%s-%d", name, i), i)
			})
			wantStatus(t, status, http.StatusOK)
		})
	}
	all.Wait()
}

// work runs a worker to its end.
func work(t *testing.T, name, url, token string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorker$")
	cmd.Env = append(os.Environ(), workerEnv+"="+name, workerURL+"="+url, workerToken+"="+token)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("process %s: %v\n%s", name, err, out)
	}
}

func wantStatus(t *testing.T, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("the status is %d, want %d", got, want)
	}
}

func TestProcessesLoseNoUpdate(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	v := &visitor{m: newManager(t, opened(t, session.BackendOptions{"url": url}))}
	v.use(t, func(s *session.Session) { s.Set("n", 0) })
	var all sync.WaitGroup
	for p := range processes {
		all.Go(func() { work(t, fmt.Sprint(p), url, v.token) })
	}
	write(t, v, "ours")
	all.Wait()
	v.use(t, func(s *session.Session) {
		if n := s.Get("n"); n != (processes+1)*perProcess {
			t.Errorf("n is %v, want %d", n, (processes+1)*perProcess)
		}
		if got := s.Len(); got != (processes+1)*perProcess+1 {
			t.Errorf("%d values, want %d", got, (processes+1)*perProcess+1)
		}
	})
}

func TestLogoutInAnotherProcessWinsOverSlowRequest(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	v := &visitor{m: newManager(t, opened(t, session.BackendOptions{"url": url}))}
	v.use(t, func(s *session.Session) { s.Login("7") })
	status := v.with(v.m).use(t, func(s *session.Session) {
		s.UserID()
		work(t, "logout", url, v.token)
		s.Set("cart", 3)
	})
	wantStatus(t, status, http.StatusConflict)
	v.use(t, func(s *session.Session) {
		if user := s.UserID(); user != "" || s.Has("cart") {
			t.Errorf("the session is still %q's", user)
		}
	})
}

// Two nodes behind their own servers, over HTTP: what one answers, the other has.
func TestNodesShareSessionsOverHTTP(t *testing.T) {
	t.Parallel()
	address := testpostgres.Database(t)
	nodes := []*httptest.Server{node(t, address), node(t, address)}
	client := &http.Client{Jar: oneCookie{}}
	for i := range 10 {
		got := get(t, client, nodes[i%2].URL+"/count")
		if got != fmt.Sprint(i+1) {
			t.Errorf("request %d is told %s", i+1, got)
		}
	}
	get(t, client, nodes[0].URL+"/logout")
	if got := get(t, client, nodes[1].URL+"/count"); got != "1" {
		t.Errorf("after the logout the other node counts %s, want 1", got)
	}
}

// node is a server with a store of its own.
func node(t *testing.T, address string) *httptest.Server {
	t.Helper()
	m := newManager(t, opened(t, session.BackendOptions{"url": address}))
	mux := http.NewServeMux()
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		err := session.Modify(s, "n", func(n int) int { return n + 1 })
		_, _ = fmt.Fprint(w, s.Get("n"))
		if err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r.Context()).Logout() })
	server := httptest.NewServer(m.Middleware(mux))
	t.Cleanup(server.Close)
	return server
}

// oneCookie is a jar for all nodes.
type oneCookie map[string]*http.Cookie

func (j oneCookie) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		j[c.Name] = c
		if c.MaxAge < 0 {
			delete(j, c.Name)
		}
	}
}

func (j oneCookie) Cookies(*url.URL) (cookies []*http.Cookie) {
	for _, c := range j {
		cookies = append(cookies, c)
	}
	return cookies
}

func get(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body := make([]byte, 100)
	n, _ := answer.Body.Read(body)
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s answers %d", address, answer.StatusCode)
	}
	return string(body[:n])
}
