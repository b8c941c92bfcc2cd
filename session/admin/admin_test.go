package admin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// An app is an application with the page under /admin/: who logs in as root may see it.
type app struct {
	http.Handler

	sessions *session.Manager
	page     *admin.Handler
}

// newApp makes an application, with options that the test changes.
func newApp(t *testing.T, o session.Options, change ...func(*admin.Options)) *app {
	t.Helper()
	o.SecretKey, o.Logger = "a secret of thirty-two bytes or more", slog.New(slog.DiscardHandler)
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	options := admin.Options{
		Authorize: func(r *http.Request) bool { return session.From(r.Context()).UserID() == "root" },
		Logger:    o.Logger,
	}
	for _, c := range change {
		c(&options)
	}
	page, err := admin.New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := page.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	mux := http.NewServeMux()
	mux.Handle("/admin/", page)
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) { session.From(r.Context()).Login(r.FormValue("user")) })
	mux.HandleFunc("POST /set", func(_ http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Set(r.FormValue("key"), r.FormValue("value"))
	})
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s;%d", session.From(r.Context()).UserID(), session.From(r.Context()).Len())
	})
	return &app{Handler: m.Middleware(mux), sessions: m, page: page}
}

// A client is a browser without scripts.
type client struct {
	t *testing.T
	*sessiontest.Visitor

	app   http.Handler
	agent string
}

func (a *app) visitor(t *testing.T) *client {
	t.Helper()
	return &client{t: t, Visitor: sessiontest.New(t, a.sessions), app: a, agent: firefox}
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// login returns a visitor who has logged in.
func (a *app) login(t *testing.T, user string) *client {
	t.Helper()
	c := a.visitor(t)
	c.post("/login", "user="+user)
	return c
}

func (c *client) get(target string) *httptest.ResponseRecorder {
	return c.send("GET", target, "")
}

func (c *client) post(target, form string) *httptest.ResponseRecorder {
	return c.send("POST", target, form)
}

func (c *client) send(method, target, form string, header ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(form))
	r.Header.Set("User-Agent", c.agent)
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return c.Do(c.app, r)
}
