package attacktest_test

import (
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// The attacker holds a sibling host, from which he can set a second cookie of the name for the whole domain, in front of or
// behind the victim's. He must not get the victim to work in his session.
func TestTossedCookieDoesNotTakeTheVictimsPlace(t *testing.T) {
	s := newSite(t, newMemory(t, memstore.Options{}))
	attacker, victim := s.client(t, ""), s.client(t, "")
	attacker.send("POST", "/signin?user=eve")
	victim.send("POST", "/signin?user=ann")
	for tossed, want := range map[string]string{
		"garbage": "ann/", strings.Repeat("A", 72): "ann/", "": "ann/", victim.token + "A": "ann/",
		attacker.token: nobody, // two that verify: one of them is somebody else's, and nobody knows which
	} {
		for order, cookies := range map[string]string{
			"in front": "session=" + tossed + "; session=" + victim.token, "behind": "session=" + victim.token + "; session=" + tossed,
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/me", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", cookies)
			if got := do(t, r).body; got != want {
				t.Errorf("with %.9q %s the victim sees %q, want %q", tossed, order, got, want)
			}
		}
	}
	if !strings.Contains(s.log.String(), "reason=ambiguous") {
		t.Error("two sessions in one request are not logged")
	}
	s.wantSeen(t, "the victim", victim.token, "ann/")
}

// With the prefix __Host- browsers refuse what the sibling tosses, and ours is what they ask of such a cookie, also when it
// is to be forgotten.
func TestPrefixedCookieIsWhatBrowsersAskFor(t *testing.T) {
	m, err := session.New(session.Options{
		SecretKey: "7a0f3c95e1d24b68a5c7f90b3e6d1824", CookieName: "__Host-session", Env: session.Production,
		OldCookieNames: []string{"__Host-former", "__Secure-former; Path=/; Domain=example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	server := httptest.NewTLSServer(m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		switch s := session.From(r.Context()); r.URL.Path {
		case "/in":
			s.Login("ann")
		case "/out":
			s.Logout()
		}
	})))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := server.Client()
	browser.Jar = jar
	browser.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS13
	at, _ := url.Parse(server.URL)
	jar.SetCookies(at, []*http.Cookie{{Name: "__Host-former", Value: "x", Path: "/", Secure: true}, {Name: "__Secure-former", Value: "x", Path: "/", Secure: true}})
	for _, path := range []string{"/", "/in", "/out"} {
		res, err := browser.Get(server.URL + path) //nolint:noctx // nothing waits
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		for _, line := range res.Header["Set-Cookie"] {
			host := strings.HasPrefix(line, "__Host-")
			if !strings.Contains(line, "; Secure") || !strings.Contains(line, "; Path=/;") || host == strings.Contains(line, "Domain=") {
				t.Errorf("%s: a browser drops the cookie %s", path, line)
			}
		}
	}
	for _, left := range jar.Cookies(at) {
		if left.Name != "__Secure-former" { // this jar's host is no example.com
			t.Errorf("after the logout the browser keeps the cookie %s", left.Name)
		}
	}
}
