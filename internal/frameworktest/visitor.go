package frameworktest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// A visitor has a browser of his own.
type visitor struct {
	*site

	browser *http.Client
}

// An answer is a response whose body was read.
type answer struct {
	*http.Response

	body string
}

func (s *site) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &visitor{s, &http.Client{Jar: jar, Transport: transport}}
}

// user returns a visitor who has logged in.
func (s *site) user() *visitor {
	s.t.Helper()
	v := s.visitor()
	v.wants(v.login("enchantress"), http.StatusOK, "")
	return v
}

// open sends a request and returns the response, whose body is still to come.
func (v *visitor) open(method, path, body string) (*http.Response, error) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	switch {
	case body == "":
	case v.app.JSON:
		r.Header.Set("Content-Type", "application/json")
	default:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.browser.Do(r)
}

func (v *visitor) send(method, path, body string) answer {
	v.t.Helper()
	resp, err := v.open(method, path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{resp, string(b)}
}

func (v *visitor) get(path string) answer { v.t.Helper(); return v.send(http.MethodGet, path, "") }

func (v *visitor) login(password string) answer {
	v.t.Helper()
	body := "user=ada&password=" + password
	if v.app.JSON {
		body = `{"user":"ada","password":"` + password + `"}`
	}
	return v.send(http.MethodPost, "/login", body)
}

// wants checks an answer. 200 stands for each status of success.
func (v *visitor) wants(a answer, status int, says string) {
	v.t.Helper()
	fits := a.StatusCode == status || status == http.StatusOK && a.StatusCode/100 == 2
	if !fits || !strings.Contains(a.body, says) {
		v.t.Errorf("%s %s is answered %d %q, want %d %q", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, status, says)
	}
}

// isRefused checks that the store's failure is all that the client hears of.
func (v *visitor) isRefused(a answer) {
	v.t.Helper()
	v.wants(a, http.StatusServiceUnavailable, "Service Unavailable")
	if strings.Contains(a.body, "ada") || len(a.Cookies()) > 0 || a.Header.Get("Retry-After") != "1" {
		v.t.Errorf("an answer for a store that is down has something of the handler's, or no Retry-After: %q %v", a.body, a.Header)
	}
}

// token returns the cookie's value, "" where there is none.
func (v *visitor) token() string {
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.browser.Jar.Cookies(u) {
		if c.Name == session.DefaultCookieName {
			return c.Value
		}
	}
	return ""
}

// copy returns a visitor with the same cookie, who keeps it.
func (v *visitor) copy() *visitor {
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	other := v.visitor()
	other.browser.Jar.SetCookies(u, v.browser.Jar.Cookies(u))
	return other
}

// stored returns what is stored for the visitor, whatever the application does at the moment.
func (v *visitor) stored(key string) any {
	v.t.Helper()
	reader := sessiontest.New(v.t, v.sessions)
	reader.Do(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", session.DefaultCookieName+"="+v.token())
	}), httptest.NewRequestWithContext(v.t.Context(), http.MethodGet, "/", http.NoBody))
	return reader.Values()[key]
}
