package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

const (
	secret     = "3b1f8c5a7d9e02466ac1b0d7e4f85920c7a3e16d5b984f02817c6d3e9a0b5f41"
	adminLogin = `{"username":"admin","password":"password"}`
	adminForm  = "username=admin&password=password"
)

// start starts the application on a directory, as a process would.
func start(t *testing.T, directory string) *application {
	t.Helper()
	return startWith(t, settings{directory: directory, users: newUsers(1), recent: time.Hour})
}

func startWith(t *testing.T, s settings) *application {
	t.Helper()
	app, err := newApp(proapi.Options{Session: session.Options{SecretKey: secret}}, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, app) })
	return app
}

func stop(t *testing.T, app *application) {
	t.Helper()
	if err := app.panel.Close(); err != nil {
		t.Error(err)
	}
	if err := app.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// A client is a visitor of the application: a program, or a browser, where accept says so.
type client struct {
	t   *testing.T
	app *application
	*sessiontest.Visitor

	accept string
	agent  string
}

func newClient(t *testing.T) *client {
	t.Helper()
	return newClientOf(t, start(t, t.TempDir()+"/sessions"), "curl/8.16.0")
}

func newClientOf(t *testing.T, app *application, agent string) *client {
	t.Helper()
	return &client{t: t, app: app, Visitor: sessiontest.New(t, app.Sessions()), accept: "*/*", agent: agent}
}

func newBrowser(t *testing.T) *client {
	t.Helper()
	c := newClient(t)
	c.accept = "text/html,application/xhtml+xml,*/*;q=0.8"
	return c
}

// other returns another device with which the same user comes, as he may be.
func (c *client) other() *client {
	return &client{t: c.t, app: c.app, Visitor: sessiontest.New(c.t, c.app.Sessions()), accept: c.accept}
}

// thief returns a client who has this one's cookie as it is now.
func (c *client) thief() *client {
	return &client{t: c.t, app: c.app, Visitor: c.Copy(), accept: c.accept}
}

func (c *client) send(method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Accept", c.accept)
	r.Header.Set("User-Agent", c.agent)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.Do(c.app, r)
}

// want checks an answer: its status, and its text, or, of a redirect, where to.
func (c *client) want(rec *httptest.ResponseRecorder, status int, text string) {
	c.t.Helper()
	got := strings.TrimSpace(rec.Body.String())
	if status == http.StatusFound || status == http.StatusSeeOther {
		got = rec.Header().Get("Location")
	}
	if rec.Code != status || got != text {
		c.t.Errorf("the answer is %d %s, want %d %s", rec.Code, got, status, text)
	}
}

// wantPage checks that a page has the texts.
func (c *client) wantPage(rec *httptest.ResponseRecorder, texts ...string) {
	c.t.Helper()
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		c.t.Errorf("the answer is %d of type %q, want a page", rec.Code, rec.Header().Get("Content-Type"))
	}
	for _, text := range texts {
		if !strings.Contains(rec.Body.String(), text) {
			c.t.Errorf("the page lacks %q:\n%s", text, rec.Body)
		}
	}
}
