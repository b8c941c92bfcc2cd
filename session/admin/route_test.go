package admin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

func everybodyMay(o *admin.Options) { o.Authorize = func(*http.Request) bool { return true } }

func TestPageIsNotMadeWithoutAuthorisation(t *testing.T) {
	m, err := session.New(session.Options{SecretKey: "a secret of thirty-two bytes or more"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.New(m, admin.Options{}); err == nil || !strings.Contains(err.Error(), "Authorize is not set") {
		t.Errorf("without Authorize: %v", err)
	}
	_, err = admin.New(nil, admin.Options{Interval: -1, ListLimit: -1, TrustedOrigins: []string{"example.com"}})
	for _, want := range []string{"no Manager", "Authorize", "Interval is -1ns", "ListLimit is -1", "example.com"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	_, err = admin.New(m, admin.Options{Authorize: func(*http.Request) bool { return true }, Interval: 1e9, History: 1e15})
	if err == nil || !strings.Contains(err.Error(), "1000000 samples") {
		t.Errorf("a history without bound: %v", err)
	}
}

var leaves = []string{"", "live", "sessions", "session?user=ann&handle=x", "end?what=everybody", "style.css", "live.js", "icon.svg", "nothing"}

func TestNobodyElseSeesAnything(t *testing.T) {
	a := newApp(t, session.Options{})
	ann, stranger := a.login(t, "ann"), a.visitor(t)
	for _, c := range []*client{ann, stranger} {
		for _, leaf := range leaves {
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
				if rec := c.send(method, "/admin/"+leaf, "what=everybody&sure=yes"); rec.Code != 403 || strings.Contains(rec.Body.String(), "ann") {
					t.Errorf("%s %s is answered %d: %s", method, leaf, rec.Code, rec.Body)
				}
			}
		}
	}
	if rec := ann.get("/user"); rec.Body.String() != "ann;0" {
		t.Errorf("the session is %q after all that", rec.Body)
	}
}

func TestApplicationSaysWhatOthersGet(t *testing.T) {
	a := newApp(t, session.Options{}, func(o *admin.Options) { o.Deny = http.RedirectHandler("/login?next=admin", http.StatusSeeOther) })
	rec := a.visitor(t).get("/admin/")
	if rec.Code != 303 || rec.Header().Get("Location") != "/login?next=admin" || rec.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a stranger gets %d %v", rec.Code, rec.Header())
	}
}

var references = regexp.MustCompile(`(?:href|src|search" action)="([^"#]*)"`)

// mounts are ways to mount the page, by the path at which it then is.
func mounts(t *testing.T, page http.Handler) map[string]http.Handler {
	t.Helper()
	plain, stripped, nested, root := http.NewServeMux(), http.NewServeMux(), http.NewServeMux(), http.NewServeMux()
	plain.Handle("/admin/", page)
	stripped.Handle("/ops/sessions/", http.StripPrefix("/ops/sessions", page))
	nested.Handle("/t/{tenant}/admin/", page)
	root.Handle("/", page)
	app, err := proapi.New(proapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app.Handle("/panel/", page)
	group, err := proapi.New(proapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	group.Group("/staff").Handle("/sessions/", page)
	return map[string]http.Handler{
		"/admin/": plain, "/ops/sessions/": stripped, "/t/acme/admin/": nested, "/": root, "/panel/": app, "/staff/sessions/": group,
	}
}

// TestLinksStayBelowTheMountPoint follows every link of every page, as a browser resolves it.
func TestLinksStayBelowTheMountPoint(t *testing.T) {
	a := newApp(t, session.Options{}, everybodyMay)
	a.login(t, "ann & söns")
	for at, h := range mounts(t, a.page) {
		seen := map[string]bool{}
		todo := []string{at}
		for len(todo) > 0 {
			target := todo[0]
			todo = todo[1:]
			if seen[target] {
				continue
			}
			seen[target] = true
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", target, http.NoBody))
			if rec.Code != 200 || !strings.HasPrefix(target, at) {
				t.Errorf("mounted at %s, a link to %s is answered %d", at, target, rec.Code)
			}
			if !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
				continue
			}
			if got := rec.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s has Cache-Control %q", target, got)
			}
			from, _ := url.Parse(target)
			for _, m := range references.FindAllStringSubmatch(rec.Body.String(), -1) {
				to, err := from.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
				if err != nil {
					t.Fatal(err)
				}
				todo = append(todo, to.String())
			}
		}
		if len(seen) < 12 {
			t.Errorf("mounted at %s, %d pages are reached: %v", at, len(seen), seen)
		}
	}
}

func TestMountPointWithoutItsSlashLeadsToIt(t *testing.T) {
	a := newApp(t, session.Options{}, everybodyMay)
	rec := httptest.NewRecorder()
	http.StripPrefix("/ops/sessions", a.page).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/ops/sessions?x", http.NoBody))
	if rec.Code != 303 || rec.Header().Get("Location") != "sessions/" {
		t.Errorf("the answer is %d %q", rec.Code, rec.Header().Get("Location"))
	}
}

func TestWhatIsNotThereSaysSo(t *testing.T) {
	a := newApp(t, session.Options{})
	root := a.login(t, "root")
	for _, test := range []struct {
		method, target, allow string
		status                int
	}{
		{"GET", "/admin/nothing", "", 404},
		{"GET", "/admin/style.css/", "", 200}, // the first page of a directory that is as good as any
		{"POST", "/admin/", "GET, HEAD", 405},
		{"DELETE", "/admin/end", "GET, HEAD, POST", 405},
		{"GET", "/admin/session?user=ann&handle=0123456789abcdef", "", 404},
		{"GET", "/admin/session", "", 404},
		{"GET", "/admin/end", "", 404},
		{"GET", "/admin/end?what=user", "", 404},
		{"POST", "/admin/end", "", 404},
	} {
		rec := root.send(test.method, test.target, "")
		if rec.Code != test.status || rec.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s is answered %d, Allow %q", test.method, test.target, rec.Code, rec.Header().Get("Allow"))
		}
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	a := newApp(t, session.Options{}, func(o *admin.Options) { o.TrustedOrigins = []string{"https://ops.example.com"} })
	ann, root := a.login(t, "ann"), a.login(t, "root")
	for name, header := range map[string][]string{
		"another site":              {"Sec-Fetch-Site", "cross-site"},
		"a sibling host":            {"Sec-Fetch-Site", "same-site"},
		"another site, old browser": {"Origin", "https://evil.example"},
	} {
		if rec := root.send("POST", "/admin/end", "what=user&user=ann", header...); rec.Code != 403 {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	if got := ann.get("/user").Body.String(); got != "ann;0" {
		t.Errorf("the session is %q", got)
	}
	if rec := root.send("POST", "/admin/end", "what=user&user=ann", "Sec-Fetch-Site", "cross-site", "Origin", "https://ops.example.com"); rec.Code != 303 {
		t.Errorf("a trusted origin: %d", rec.Code)
	}
}

var inline = regexp.MustCompile(`(?i)<style|\sstyle=|<script(?:>|\s+[^>]*[^r]>[^<])|\son[a-z]+=|javascript:|https?://`)

func TestPagesNeedNothingThatTheirPolicyForbids(t *testing.T) {
	a := newApp(t, session.Options{}, func(o *admin.Options) { o.ShowValues = true })
	root := a.login(t, "root")
	root.post("/set", "key=k&value=v")
	handle := handleOf(t, a, "root")
	for _, leaf := range []string{"", "sessions", "sessions?q=root", "session?user=root&values=1&handle=" + handle, "end?what=everybody", "end?what=user&user=root", "nothing"} {
		rec := root.get("/admin/" + leaf)
		if found := inline.FindString(rec.Body.String()); found != "" {
			t.Errorf("%s has %q", leaf, found)
		}
		h := rec.Header()
		if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", leaf, policy)
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s has the header %v", leaf, h)
		}
	}
	for leaf, media := range map[string]string{"style.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		rec := root.get("/admin/" + leaf)
		if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), media) || rec.Header().Get("Cache-Control") != "private, max-age=86400" {
			t.Errorf("%s is %d %v", leaf, rec.Code, rec.Header())
		}
	}
}

// handleOf returns the handle of the user's one session.
func handleOf(t *testing.T, a *app, user string) string {
	t.Helper()
	devices, err := a.sessions.Devices(t.Context(), user)
	if err != nil || len(devices) != 1 {
		t.Fatalf("%s has %d sessions, %v", user, len(devices), err)
	}
	return devices[0].Handle
}
