package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// A client is no browser: it sends its token in a header.
type client struct {
	m             *session.Manager
	header, token string
	answer        string // the response's header
}

func (c *client) use(handle func(s *session.Session)) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", http.NoBody)
	r.Header.Set(c.header, c.token)
	rec := httptest.NewRecorder()
	c.m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		handle(session.From(r.Context()))
	})).ServeHTTP(rec, r)
	if token := rec.Header().Get(c.answer); token != "" {
		c.token = token
		if c.header == "Authorization" {
			c.token = "Bearer " + token
		}
	}
	return rec
}

func TestClientsThatAreNoBrowsersSendTheTokenInAHeader(t *testing.T) {
	for header, answer := range map[string]string{"X-Session-Token": "X-Session-Token", "x-session-token": "X-Session-Token", "Authorization": "Session-Token"} {
		t.Run(header, func(t *testing.T) {
			m := newManager(t, newMemory(t), func(o *session.Options) { o.TokenHeader = header })
			c := &client{m: m, header: http.CanonicalHeaderKey(header), answer: answer}
			if header == "Authorization" {
				c.token = "Bearer "
			}
			rec := c.use(func(s *session.Session) { s.Login("ann") })
			if len(rec.Header()["Set-Cookie"]) > 0 || len(rec.Header()[answer]) != 1 {
				t.Fatalf("the response has %d cookies and %d tokens", len(rec.Header()["Set-Cookie"]), len(rec.Header()[answer]))
			}
			if got := rec.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q", got)
			}
			user := ""
			rec = c.use(func(s *session.Session) { user = s.UserID() })
			if user != "ann" || len(rec.Header()[answer]) != 0 || rec.Header().Get("Vary") != c.header {
				t.Errorf("the user is %q, there are %d new tokens, Vary is %q", user, len(rec.Header()[answer]), rec.Header().Get("Vary"))
			}
			old := *c
			c.use((*session.Session).Renew)
			if c.token == old.token {
				t.Error("a renewal brings no new token")
			}
			old.use(func(s *session.Session) { user = s.UserID() })
			if user != "" {
				t.Errorf("the old token is %q's", user)
			}
			if rec := c.use((*session.Session).Logout); len(rec.Header()["Set-Cookie"]) > 0 {
				t.Error("a logout sets a cookie")
			}
			c.use(func(s *session.Session) { user = s.UserID() })
			if user != "" {
				t.Errorf("after the logout the user is %q", user)
			}
		})
	}
}

func TestHeaderIsNoTransportUnlessAskedFor(t *testing.T) {
	m := newManager(t, newMemory(t))
	ann := login(m, "ann")
	for header, value := range map[string]string{"X-Session-Token": ann.token, "Authorization": "Bearer " + ann.token} {
		c := &client{m: m, header: header, token: value}
		rec := c.use(func(s *session.Session) {
			if s.UserID() != "" {
				t.Errorf("%s is read", header)
			}
		})
		if len(rec.Header()["Set-Cookie"]) != 1 {
			t.Errorf("with %s there is no cookie", header)
		}
	}
}

func TestBrowsersKeepTheirCookieBesideAHeader(t *testing.T) {
	m := newManager(t, newMemory(t), func(o *session.Options) { o.TokenHeader = "Authorization" })
	ann, eve := login(m, "ann"), login(m, "eve")
	wantUsers(t, "ann", ann)
	for value, want := range map[string]string{
		"Bearer " + eve.token: "eve", "bearer  " + eve.token: "eve", "Basic YTpi": "ann", "Bearer ": "", "Bearer x": "", eve.token: "ann",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", value)
		ann.with().send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			if got := s.UserID(); got != want {
				t.Errorf("with %.8q the user is %q, want %q", value, got, want)
			}
		})
	}
}

func TestCookiesOfFormerNamesAreForgotten(t *testing.T) {
	m := newManager(t, newMemory(t), func(o *session.Options) {
		o.OldCookieNames, o.CookieDomain = []string{"sid", "old"}, "example.com"
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Cookie", "sid=1; other=2")
	v := &visitor{m: m}
	a := v.send(r, func(http.ResponseWriter, *http.Request, *session.Session) {})
	got := strings.Join(a.Header()["Set-Cookie"], "\n")
	if want := "sid=; Path=/; Domain=example.com; Max-Age=0; HttpOnly; SameSite=Lax\nsession="; !strings.HasPrefix(got, want) {
		t.Errorf("the cookies are %q, want %q", got, want)
	}
	v.token = a.set.Value
	wantNoCookie(t, v.use(func(*session.Session) {}))
}

// A browser forgets a cookie only if path and domain are those with which it was set, and heeds a name's prefix.
func TestCookiesOfFormerScopesAreForgotten(t *testing.T) {
	for old, want := range map[string]string{
		"sid":                                 "sid=; Path=/shop; Domain=example.com; Max-Age=0; HttpOnly; SameSite=Lax",
		"sid; Path=/":                         "sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		"sid;path=/app; Domain=a.example.com": "sid=; Path=/app; Domain=a.example.com; Max-Age=0; HttpOnly; SameSite=Lax",
		"__Host-sid":                          "__Host-sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		"__Secure-sid; Path=/a":               "__Secure-sid=; Path=/a; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		"__Secure-sid; Path=/; Partitioned":   "__Secure-sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax; Partitioned",
	} {
		m := newManager(t, newMemory(t), func(o *session.Options) {
			o.OldCookieNames, o.CookieDomain, o.CookiePath = []string{old}, "example.com", "/shop"
		})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		name, _, _ := strings.Cut(old, ";")
		r.Header.Set("Cookie", name+"=1")
		a := (&visitor{m: m}).send(r, func(http.ResponseWriter, *http.Request, *session.Session) {})
		if got := a.Header()["Set-Cookie"][0]; got != want {
			t.Errorf("%s: the cookie is %q, want %q", old, got, want)
		}
	}
}

// After CookiePath was changed browsers send two cookies of the name, each with a session, and neither would be used.
func TestCookieOfTheSameNameAndAFormerPathLocksNobodyOut(t *testing.T) {
	store := newMemory(t)
	v := &visitor{m: newManager(t, store)}
	ann := "session=" + login(v.m, "ann").token
	moved := newManager(t, store, func(o *session.Options) { o.CookiePath, o.OldCookieNames = "/shop", []string{"session; Path=/"} })
	send := func(cookies string) answer {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/shop", http.NoBody)
		r.Header.Set("Cookie", cookies)
		return (&visitor{m: moved}).send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.UserID() })
	}
	wantNoCookie(t, send(ann)) // it may be that of today, and is a good one
	got := send(ann + "; session=" + login(moved, "eve").token).Header()["Set-Cookie"]
	if len(got) != 2 || got[0] != "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" || !strings.Contains(got[1], "Path=/shop;") {
		t.Errorf("the cookies are %q", got)
	}
}

func TestLogoutClearsWhatTheBrowserKeeps(t *testing.T) {
	m := newManager(t, newMemory(t), func(o *session.Options) { o.ClearSiteData = []string{"cache", "storage"} })
	v := login(m, "ann")
	if got := v.use(func(s *session.Session) { s.Set("n", 1) }).Header().Get("Clear-Site-Data"); got != "" {
		t.Errorf("a change says %q", got)
	}
	failed := v.with().visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Logout()
		w.WriteHeader(http.StatusInternalServerError)
	})
	if got := failed.Header().Get("Clear-Site-Data"); got != "" {
		t.Errorf("a logout that failed says %q", got)
	}
	if got := v.use((*session.Session).Logout).Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("a logout says %q", got)
	}
}

func TestTransportOptionsAreChecked(t *testing.T) {
	for want, change := range map[string]func(o *session.Options){
		`OldCookieNames holds "session"`:           func(o *session.Options) { o.OldCookieNames = []string{"session"} },
		`OldCookieNames holds "session; Path=/"`:   func(o *session.Options) { o.OldCookieNames = []string{"session; Path=/"} },
		`OldCookieNames holds "a b"`:               func(o *session.Options) { o.OldCookieNames = []string{"a b"} },
		`OldCookieNames holds "a; Secure"`:         func(o *session.Options) { o.OldCookieNames = []string{"a; Secure"} },
		`OldCookieNames holds "a; Path=b"`:         func(o *session.Options) { o.OldCookieNames = []string{"a; Path=b"} },
		`OldCookieNames holds "__Host-a; Path=/b"`: func(o *session.Options) { o.OldCookieNames = []string{"__Host-a; Path=/b"} },
		`ClearSiteData holds "history"`:            func(o *session.Options) { o.ClearSiteData = []string{"history"} },
		`TokenHeader is "X Token"`:                 func(o *session.Options) { o.TokenHeader = "X Token" },
		`TokenHeader is a cookie's`:                func(o *session.Options) { o.TokenHeader = "cookie" },
		`Assurance is 4`:                           func(o *session.Options) { o.Assurance = 4 },
		`MaxSessionsPerUser is -1`:                 func(o *session.Options) { o.MaxSessionsPerUser = -1 },
		`RefuseLogin is set without`:               func(o *session.Options) { o.RefuseLogin = true },
	} {
		o := session.Options{SecretKey: secret}
		change(&o)
		if _, err := session.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error that says %q", err, want)
		}
	}
}
