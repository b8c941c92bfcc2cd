package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBrowserLogsInAndOut(t *testing.T) {
	b := newBrowser(t)
	b.want(b.send("GET", "/profile", ""), 302, "/login")
	b.wantPage(b.send("GET", "/login", ""), `<form method="post" action="/login">`, `autocomplete="current-password"`)

	before := b.thief()
	b.want(b.send("POST", "/login", adminForm), 303, "/profile")
	b.wantPage(b.send("GET", "/profile", ""), "<h1>admin</h1>", `<form method="post" action="/logout">`, "Session ends")
	b.wantPage(b.send("GET", "/", ""), "Welcome back, admin", "<strong>1</strong> visit in")
	b.wantPage(b.send("GET", "/", ""), "<strong>2</strong> visits in", `href="/profile"`)
	before.want(before.send("GET", "/profile", ""), 302, "/login")

	loggedIn := b.thief()
	b.want(b.send("POST", "/logout", ""), 303, "/")
	b.wantPage(b.send("GET", "/", ""), "<h1>Welcome</h1>", "<strong>1</strong> visit in", `href="/login"`)
	loggedIn.want(loggedIn.send("GET", "/profile", ""), 302, "/login")
}

func TestFailedLoginSaysSoOnce(t *testing.T) {
	b := newBrowser(t)
	b.want(b.send("POST", "/login", "username=admin&password=guess"), 303, "/login")
	b.wantPage(b.send("GET", "/login", ""), `role="alert"`, "That username and password do not match.")
	rec := b.send("GET", "/login", "")
	b.wantPage(rec)
	if strings.Contains(rec.Body.String(), "do not match") {
		t.Error("the failure is shown a second time")
	}
	b.want(b.send("GET", "/profile", ""), 302, "/login")
}

func TestNoOtherSiteLogsAVisitorInOrOut(t *testing.T) {
	b := newBrowser(t)
	b.send("POST", "/login", adminForm)
	for _, target := range []string{"/login", "/logout"} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", target, strings.NewReader(adminForm))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if rec := b.Do(b.app, r); rec.Code != 403 {
			t.Errorf("a form of another site is answered %d %s", rec.Code, rec.Body)
		}
	}
	b.wantPage(b.send("GET", "/profile", ""), "<h1>admin</h1>")
}

func TestPersonalPagesAreKeptByNoCache(t *testing.T) {
	b := newBrowser(t)
	b.send("GET", "/", "") // from now on, the cookie itself forbids nothing
	for _, target := range []string{"/", "/login", "/profile"} {
		h := b.send("GET", target, "").Header()
		if vary := strings.Join(h.Values("Vary"), ","); h.Get("Cache-Control") != "no-store" || !strings.Contains(vary, "Accept") {
			t.Errorf("%s has Cache-Control %q, Vary %q", target, h.Get("Cache-Control"), vary)
		}
	}
	if policy := b.send("GET", "/", "").Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("the page's policy is %q", policy)
	}
}

func TestStyleSheetIsServed(t *testing.T) {
	b := newBrowser(t)
	b.wantPage(b.send("GET", "/", ""), `href="/style.css"`)
	rec := b.send("GET", "/style.css", "")
	if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/css") ||
		rec.Header().Get("Cache-Control") != "max-age=3600" || !strings.Contains(rec.Body.String(), "prefers-color-scheme: dark") {
		t.Errorf("the style sheet is %d %v", rec.Code, rec.Header())
	}
}
