package session_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// newToken returns the token of a session that holds who=name.
func newToken(tb testing.TB, m *session.Manager, name string) string {
	tb.Helper()
	v := &visitor{m: m}
	v.use(func(s *session.Session) { s.Set("who", name) })
	if v.token == "" {
		tb.Fatal("a visitor got no cookie")
	}
	return v.token
}

// whose returns whose session a request with these Cookie lines has, "" for a new visitor.
func whose(m *session.Manager, lines ...string) string {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	if len(lines) > 0 {
		r.Header["Cookie"] = lines
	}
	who := ""
	(&visitor{m: m}).send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		who, _ = s.Get("who", "").(string)
	})
	return who
}

var maxAge = regexp.MustCompile("Max-Age=[0-9]+")

func TestCookieAttributesFollowTheOptions(t *testing.T) {
	const plain = "; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
	for _, c := range []struct {
		want   string
		change func(*session.Options)
	}{
		{"session=*" + plain, func(*session.Options) {}},
		{"shop=*" + plain, func(o *session.Options) { o.CookieName = "shop" }},
		{"session=*; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax", func(o *session.Options) { o.Env = session.Production }},
		{"session=*" + plain, func(o *session.Options) { o.Env, o.Secure = session.Production, session.Off }},
		{"session=*; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict", func(o *session.Options) { o.Secure, o.SameSite = session.On, http.SameSiteStrictMode }},
		{"session=*; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=None", func(o *session.Options) { o.Secure, o.SameSite = session.On, http.SameSiteNoneMode }},
		{"session=*; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax; Partitioned", func(o *session.Options) { o.Secure, o.Partitioned = session.On, true }},
		{"session=*; Path=/; Max-Age=3600; SameSite=Lax", func(o *session.Options) { o.HTTPOnly = session.Off }},
		{"session=*; Path=/app; Max-Age=3600; HttpOnly; SameSite=Lax", func(o *session.Options) { o.CookiePath = "/app" }},
		{"session=*; Path=/; Domain=example.com; Max-Age=3600; HttpOnly; SameSite=Lax", func(o *session.Options) { o.CookieDomain = "example.com" }},
		{"session=*; Path=/; Domain=example.org; Max-Age=3600; HttpOnly; SameSite=Lax", func(o *session.Options) { o.CookieDomain = ".example.org" }},
		{"session=*; Path=/; Max-Age=91; HttpOnly; SameSite=Lax", func(o *session.Options) { o.MaxAge = 90*time.Second + 500*time.Millisecond }},
		{"__Host-shop=*; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax", func(o *session.Options) { o.CookieName, o.Secure = "__Host-shop", session.On }},
		{"session=*; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax", func(o *session.Options) { o.MaxAge = 400 * 24 * time.Hour }},
	} {
		t.Run(c.want, func(t *testing.T) {
			v := &visitor{m: newManager(t, newMemory(t), c.change)}
			a := v.use(func(*session.Session) {})
			wantSetCookie(t, a, c.want)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			line, _, _ := strings.Cut(a.Header().Get("Set-Cookie"), ";")
			r.Header.Set("Cookie", line)
			gone := v.with().send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Destroy() })
			wantSetCookie(t, gone, maxAge.ReplaceAllString(strings.Replace(c.want, "*", "", 1), "Max-Age=0"))
		})
	}
}

// wantSetCookie checks the one Set-Cookie line; in want a * stands for a token.
func wantSetCookie(t *testing.T, a answer, want string) {
	t.Helper()
	lines := a.Header()["Set-Cookie"]
	if len(lines) != 1 {
		t.Fatalf("%d Set-Cookie lines, want 1", len(lines))
	}
	name, rest, _ := strings.Cut(lines[0], "=")
	value, rest, _ := strings.Cut(rest, ";")
	if len(value) == 72 {
		value = "*"
	}
	if got := name + "=" + value + ";" + rest; got != want {
		t.Errorf("the cookie is %s\nwant %s", got, want)
	}
}

func TestAResponseWithTheCookieIsInNoCache(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	for name, value := range map[string]string{
		"Cache-Control": "public, max-age=3600, s-maxage=86400, stale-while-revalidate=60", "CDN-Cache-Control": "max-age=3600",
		"Surrogate-Control": "max-age=3600", "Expires": "Thu, 01 Jan 2099 00:00:00 GMT", "Vary": "Accept-Encoding, Origin",
	} {
		v.token = ""
		a := v.visit(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
			w.Header().Set(name, value)
			w.Header().Add("Cache-Control", "public")
			w.WriteHeader(http.StatusNotModified)
		})
		h := a.Header()
		if a.set == nil {
			t.Fatal("no cookie")
		}
		if got := h["Cache-Control"]; !slices.Equal(got, []string{"no-store"}) {
			t.Errorf("with %s: %s the response has Cache-Control %q", name, value, got)
		}
		for _, gone := range []string{"CDN-Cache-Control", "Surrogate-Control", "Expires"} {
			if h.Get(gone) != "" {
				t.Errorf("the response has %s: %s", gone, h.Get(gone))
			}
		}
		wantVary(t, a)
	}
}

// wantVary checks that Cookie stands once in Vary, or a * does.
func wantVary(t *testing.T, a answer) {
	t.Helper()
	all := strings.ToLower(strings.Join(a.Header()["Vary"], ", "))
	if !strings.Contains(all, "*") && strings.Count(all, "cookie") != 1 {
		t.Errorf("Vary is %q", all)
	}
}

func TestVaryKeepsWhatTheHandlerSaid(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	for said, want := range map[string]string{
		"": "Cookie", "Origin": "Origin|Cookie", "cookie": "cookie", "Origin, COOKIE": "Origin, COOKIE", "*": "*",
		"X-Cookie": "X-Cookie|Cookie", "Origin ,\tCookie": "Origin ,\tCookie",
	} {
		a := v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			if said != "" {
				w.Header().Set("Vary", said)
			}
			w.Header().Set("Cache-Control", "private, max-age=5")
			s.Has("n")
		})
		wantNoCookie(t, a)
		if got := strings.Join(a.Header()["Vary"], "|"); got != want {
			t.Errorf("after the handler said %q Vary is %q, want %q", said, got, want)
		}
		if got := a.Header().Get("Cache-Control"); got != "private, max-age=5" {
			t.Errorf("a response that sets no cookie has the Cache-Control %q", got)
		}
	}
}

func TestPlantedCookiesDoNotReplaceTheVisitors(t *testing.T) {
	m := newManager(t, newMemory(t))
	ann, eve := newToken(t, m, "ann"), newToken(t, m, "eve")
	garbage := []string{"", "x", "deleted", strings.Repeat("A", 72), ann[:71], ann + "A", `"` + ann + `"`, ann[:36] + eve[36:], strings.Repeat("x", 5000)}
	want := map[string]string{"": "", "a": "ann", "e": "eve", "aa": "ann", "ae": "", "ea": "", "aea": "", "eaa": ""}
	for order, who := range want {
		for _, g := range garbage {
			for at := range len(order) + 1 {
				var pairs []string
				for _, c := range order[:at] + "g" + order[at:] {
					pairs = append(pairs, "session="+map[rune]string{'a': ann, 'e': eve, 'g': g}[c])
				}
				for lines, header := range map[string][]string{"one line": {strings.Join(pairs, "; ")}, "a line each": pairs} {
					if got := whose(m, header...); got != who {
						t.Errorf("cookies %s with %.10q at %d, %s: the session is %q's, want %q's", order, g, at, lines, got, who)
					}
				}
			}
		}
	}
	if got := whose(m, "session="+ann+"; session="+eve+"; session="+ann); got != "" {
		t.Errorf("of two sessions %q's is used", got)
	}
}

func TestTwoSessionsInOneRequestAreLogged(t *testing.T) {
	log, logger := newLog()
	store := newMemory(t)
	quiet := newManager(t, store)
	ann, eve := newToken(t, quiet, "ann"), newToken(t, quiet, "eve")
	m := newManager(t, store, func(o *session.Options) { o.Logger = logger })
	whose(m, "session="+ann+"; session="+eve)
	log.want(t, "WARN", "session: event", "event=session_rejected", "reason=ambiguous")
	whose(m, "session=x")
	log.want(t, "DEBUG", "session: event", "event=session_rejected", "reason=malformed")
	if got := rejected(m); got != 2 {
		t.Errorf("%d cookies are counted as rejected, want 2", got)
	}
}

func TestCookieHeadersAsTheyCome(t *testing.T) {
	m := newManager(t, newMemory(t))
	ann := newToken(t, m, "ann")
	others := strings.Repeat("other=value; ", 5000)
	for header, want := range map[string]string{
		"session=" + ann: "ann", " session=" + ann: "ann", "\tsession=" + ann + "\t ": "ann", "a=b;session=" + ann + ";c=d": "ann",
		"a=b;   session=" + ann + "  ;": "ann", ";;;session=" + ann: "ann", "a; session=" + ann: "ann", "=; session=" + ann: "ann",
		`theme="a;b"; session=` + ann: "ann", "$Version=1; session=" + ann: "ann",
		"session=" + strings.Repeat("x", 1<<20) + "; session=" + ann: "ann", others + "session=" + ann: "ann", "session=" + ann + "; " + others: "ann",
		"": "", "session": "", "session=": "", "=" + ann: "", ann: "", "session =" + ann: "", "session= " + ann: "", `session="` + ann + `"`: "",
		"Session=" + ann: "", "SESSION=" + ann: "", "xsession=" + ann: "", "session2=" + ann: "", "x session=" + ann: "", "__Host-session=" + ann: "",
		"\u2000session=" + ann: "", "session\x00=" + ann: "", "session==" + ann: "", "session=" + ann + "\x00": "", "session=" + ann + ", x=y": "",
		"session%3D" + ann: "", "a=session=" + ann: "", "session=" + ann[:40] + "; " + ann[40:]: "",
	} {
		if got := whose(m, header); got != want {
			t.Errorf("with the header %.60q the session is %q's, want %q's", header, got, want)
		}
	}
	if got := whose(m, "a=b", "session="+ann, "c=d"); got != "ann" {
		t.Errorf("from the second of three lines the session is %q's", got)
	}
}

func TestManyCookiesOfTheNameAreNoneOfIt(t *testing.T) {
	m := newManager(t, newMemory(t))
	ann := "session=" + newToken(t, m, "ann")
	for others, want := range map[int]string{1: "ann", 7: "ann", 8: "", 100: "", 5000: ""} {
		planted := strings.Repeat("session=x; ", others)
		if got := whose(m, planted+ann); got != want {
			t.Errorf("after %d others the session is %q's, want %q's", others, got, want)
		}
		if got := whose(m, ann+"; "+planted); got != want {
			t.Errorf("before %d others the session is %q's, want %q's", others, got, want)
		}
	}
}

func TestHostileCookieHeadersCostLittle(t *testing.T) {
	m := newManager(t, newMemory(t))
	for name, header := range map[string]string{
		"1 MB of a value": "session=" + strings.Repeat("x", 1<<20), "1 MB of ours": strings.Repeat("session=x; ", 1<<20/11),
		"1 MB of others": strings.Repeat("a=b;", 1<<20/4), "1 MB of semicolons": strings.Repeat(";", 1<<20), "1 MB of spaces": strings.Repeat(" ", 1<<20),
	} {
		h := m.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Cookie", header)
		begun := time.Now()
		if allocs := testing.AllocsPerRun(1, func() { h.ServeHTTP(nothing{http.Header{}}, r) }); allocs > 30 {
			t.Errorf("%s costs %.0f allocations", name, allocs)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("%s takes %s", name, took)
		}
	}
}

// nothing is a ResponseWriter that keeps nothing.
type nothing struct{ h http.Header }

func (n nothing) Header() http.Header       { return n.h }
func (nothing) Write(b []byte) (int, error) { return len(b), nil }
func (nothing) WriteHeader(int)             {}

func FuzzCookieHeader(f *testing.F) {
	m, err := session.New(session.Options{SecretKey: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = m.Close() })
	ann, eve := newToken(f, m, "ann"), newToken(f, m, "eve")
	for _, seed := range []string{"session=ANN", "session=ANN; session=EVE", "session=x;session=ANN", " a=b ; session = ANN", `session="ANN"`, "ANN=EVE", strings.Repeat("session=;", 9) + "session=ANN"} {
		f.Add(seed)
	}
	tokens := map[string]string{ann: "ann", eve: "eve"}
	f.Fuzz(func(t *testing.T, header string) {
		header = strings.NewReplacer("ANN", ann, "EVE", eve).Replace(header)
		// Whoever is found stands there as a value of the name, and nobody else does.
		found := map[string]bool{}
		for pair := range strings.SplitSeq(header, ";") {
			if value, ok := strings.CutPrefix(strings.Trim(pair, " \t"), "session="); ok && tokens[value] != "" {
				found[tokens[value]] = true
			}
		}
		want := ""
		if names := slices.Collect(maps.Keys(found)); len(names) == 1 {
			want = names[0]
		}
		if got := whose(m, header); got != want && (got != "" || strings.Count(header, "session=") < 9) {
			t.Errorf("with the header %q the session is %q's, want %q's", header, got, want)
		}
	})
}

// Whoever planted a token of his own, which is refused for its age or its company, must not find the visitor under its ID.
func TestRefusedTokenGivesNobodyItsID(t *testing.T) {
	later(t, func(t *testing.T) {
		attacker := &visitor{m: newManager(t, newMemory(t))}
		var planted session.ID
		attacker.use(func(s *session.Session) { s.Set("n", 1); planted = s.ID() })
		for _, c := range []struct {
			name, cookies string
			after         time.Duration
		}{
			{"in company", strings.Repeat("session="+attacker.token+"; ", 9), 0},
			{"expired", "session=" + attacker.token, 2 * session.DefaultMaxAge},
		} {
			pass(c.after)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.Header.Set("Cookie", c.cookies)
			(&visitor{m: attacker.m}).send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
				s.Set("n", 2)
				if s.ID() == planted {
					t.Errorf("%s: the visitor's session has the ID that somebody planted", c.name)
				}
			})
		}
	})
}
