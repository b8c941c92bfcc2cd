package devicebound_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/crossorigin"
)

// A site is an application over https, which writes down what it is asked.
type site struct {
	t       *testing.T
	url     string
	trust   string // the browser's flag
	handler atomic.Pointer[http.Handler]

	mu  sync.Mutex
	log []string
}

func newSite(t *testing.T, m *session.Manager) *site {
	t.Helper()
	s := &site{t: t}
	s.run(m)
	var server *httptest.Server
	server, s.trust = testbrowser.ServeTLS(t, s)
	s.url = server.URL
	return s
}

// run serves the application with another Manager, as after a restart.
func (s *site) run(m *session.Manager) {
	s.t.Helper()
	p, err := crossorigin.New(crossorigin.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	h := p.Handler(m.Middleware(http.HandlerFunc(page)))
	s.handler.Store(&h)
}

// ServeHTTP answers, and then writes down the request as one line.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	(*s.handler.Load()).ServeHTTP(rec, r)
	line := fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, rec.Code)
	if len(r.CookiesNamed(boundName)) > 0 {
		line += " bound"
	}
	if skipped, _, _ := strings.Cut(r.Header.Get("Secure-Session-Skipped"), ";"); skipped != "" {
		line += " " + skipped
	}
	s.mu.Lock()
	s.log = append(s.log, line)
	s.mu.Unlock()
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// wantAsked waits until the site was asked what is wanted since the last call, and nothing else.
func (s *site) wantAsked(want string) {
	s.t.Helper()
	got := ""
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for timeout := time.After(10 * time.Second); len(got) < len(want); {
		select {
		case <-tick.C:
			if more := s.asked(); got != "" && more != "" {
				got += "\n" + more
			} else {
				got += more
			}
		case <-timeout:
			s.t.Errorf("the site was asked\n%s\nwant\n%s", got, want)
			return
		}
	}
	if got != want {
		s.t.Errorf("the site was asked\n%s\nwant\n%s", got, want)
	}
}

// asked returns what the site was asked since the last call.
func (s *site) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Join(s.log, "\n")
	s.log = nil
	return lines
}

const (
	head   = `<!doctype html><link rel="icon" href="data:,">`
	form   = head + `<form method="post" action="/login"><button>log in</button></form>`
	forms  = head + `<p id="user">%s</p><p id="bound">%t</p><form method="post" action="/logout"><button>log out</button></form>`
	linked = head + `<a href="%s">a link from another site</a>`
)

// page is an application with a login form, as they are: POST, redirect, GET.
func page(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	w.Header().Set("Content-Type", "text/html")
	switch r.Method + " " + r.URL.Path {
	case "GET /login":
		_, _ = fmt.Fprint(w, form)
	case "POST /login":
		s.Login("ann")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case "GET /callback": // the last step of a login at another site
		s.Login("ann")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case "POST /logout":
		s.Logout()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case "GET /link":
		_, _ = fmt.Fprintf(w, linked, r.URL.Query().Get("to"))
	default:
		_, _ = fmt.Fprintf(w, forms, s.UserID(), s.DeviceBound())
	}
}

// A chromium is a browser that binds sessions.
type chromium struct {
	t      *testing.T
	ctx    context.Context //nolint:containedctx // it is what chromedp calls a tab
	site   *site
	events chan *network.EventDeviceBoundSessionEventOccurred
}

// browse starts a browser with software keys.
func (s *site) browse(profile string) *chromium {
	s.t.Helper()
	c := &chromium{t: s.t, site: s, events: make(chan *network.EventDeviceBoundSessionEventOccurred, 100)}
	c.ctx = testbrowser.Start(s.t, testbrowser.Options{Profile: profile, Flags: []string{
		s.trust, "test-third-party-cookie-phaseout", // the refresh over a link does not need the cookies of third parties
		"enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting",
	}})
	err := chromedp.Listen(c.ctx, func(ev any) {
		if e, ok := ev.(*network.EventDeviceBoundSessionEventOccurred); ok {
			c.events <- e
		}
	})
	if err == nil {
		_, err = chromedp.Call(c.ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(c.ctx, network.EnableDeviceBoundSessions, network.EnableDeviceBoundSessionsParams{Enable: true})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// event waits for the next event that matches.
func (c *chromium) event(what string, match func(*network.EventDeviceBoundSessionEventOccurred) bool) *network.EventDeviceBoundSessionEventOccurred {
	c.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case e := <-c.events:
			if match(e) {
				return e
			}
		case <-timeout:
			c.t.Fatalf("the browser tells of no %s; the site was asked\n%s", what, c.site.asked())
		}
	}
}

// login fills the form in, and waits until the browser has registered.
func (c *chromium) login() {
	c.t.Helper()
	testbrowser.Do(c.t, c.ctx, chromedp.Navigate(c.site.url+"/login"))
	c.click("button")
	c.registers()
}

// click clicks on what brings a page that says who is logged in.
func (c *chromium) click(what string) {
	c.t.Helper()
	testbrowser.Do(c.t, c.ctx, chromedp.Click(chromedp.CSS(what)), chromedp.WaitVisible(chromedp.CSS("#user")))
}

// registers waits until the browser has registered.
func (c *chromium) registers() {
	c.t.Helper()
	e := c.event("registration", func(e *network.EventDeviceBoundSessionEventOccurred) bool { return e.CreationEventDetails != nil })
	if !e.Succeeded {
		c.t.Fatalf("the browser does not register: %s; the site was asked\n%s", e.CreationEventDetails.FetchResult, c.site.asked())
	}
}

// user visits a page and returns what it says: who is logged in, and whether on this device alone.
func (c *chromium) user(path string) string {
	c.t.Helper()
	testbrowser.Do(c.t, c.ctx, chromedp.Navigate(c.site.url+path))
	return c.says()
}

// says returns what the page says.
func (c *chromium) says() string {
	c.t.Helper()
	return testbrowser.Run(c.t, c.ctx, chromedp.Evaluate[string](`document.querySelector("#user").innerText + " " + document.querySelector("#bound").innerText`))
}

// lose makes the browser lose its bound cookie, as when its time has passed.
func (c *chromium) lose() {
	c.t.Helper()
	if _, err := chromedp.Call(c.ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: boundName, URL: c.site.url}); err != nil {
		c.t.Fatal(err)
	}
}

// copyTo gives another browser every cookie.
func (c *chromium) copyTo(other *chromium) {
	c.t.Helper()
	jar, err := chromedp.CallBrowser(c.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		c.t.Fatal(err)
	}
	var set []*network.CookieParam
	for _, k := range jar.Cookies {
		set = append(set, &network.CookieParam{
			Name: k.Name, Value: k.Value, URL: c.site.url, Path: k.Path, Secure: k.Secure, HTTPOnly: k.HTTPOnly, SameSite: k.SameSite,
		})
	}
	if len(set) < 2 {
		c.t.Fatalf("the browser has %d cookies", len(set))
	}
	if _, err := chromedp.CallBrowser(other.ctx, storage.SetCookies, storage.SetCookiesParams{Cookies: set}); err != nil {
		c.t.Fatal(err)
	}
}

// elsewhere returns a page of another site with a link to this one: to a browser localhost is another than 127.0.0.1.
func (s *site) elsewhere(path string) string {
	return strings.Replace(s.url, "127.0.0.1", "localhost", 1) + "/link?to=" + url.QueryEscape(s.url+path)
}
