package devicebound_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
)

func TestWrongOptionsAreAllNamed(t *testing.T) {
	for _, test := range []struct {
		options devicebound.Options
		session session.Options
		want    []string
	}{
		{
			devicebound.Options{Policy: 7, Lifetime: time.Second, Path: `/a"b`, RefreshInitiators: []string{""}},
			session.Options{CookieName: "a b", Partitioned: true, Secure: session.On},
			[]string{"Policy is 7", "Lifetime is 1s", `Path is "/a\"b"`, "RefreshInitiators has an empty host", "Partitioned", "CookieName"},
		},
		{devicebound.Options{Path: "x"}, session.Options{}, []string{`Path is "x"`}},
		{devicebound.Options{Path: "/x/../y"}, session.Options{}, []string{"clean path"}},
		{devicebound.Options{Path: "/x/"}, session.Options{}, []string{"clean path"}},
		{devicebound.Options{Path: "/other"}, session.Options{CookiePath: "/app"}, []string{`CookiePath, "/app"`}},
		{devicebound.Options{Path: "/apples"}, session.Options{CookiePath: "/app"}, []string{`CookiePath, "/app"`}},
		{devicebound.Options{}, session.Options{CookieDomain: "example.com"}, []string{"CookieDomain is set"}},
		{devicebound.Options{Policy: devicebound.Require}, session.Options{}, []string{"Require needs Secure"}},
		{
			devicebound.Options{Policy: devicebound.Require},
			session.Options{Secure: session.On, TokenHeader: "X-Session-Token"},
			[]string{"Require and TokenHeader"},
		},
	} {
		test.session.SecretKey = secret
		test.session.Binding = devicebound.New(test.options)
		m, err := session.New(test.session)
		if err == nil {
			_ = m.Close()
			t.Errorf("%v are taken", test.want)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q:\n%v", want, err)
			}
		}
	}
}

// What another option makes of the cookie's name and place.
func TestCookieFollowsTheSessions(t *testing.T) {
	for _, test := range []struct {
		change                  func(*session.Options)
		name, attributes, where string
	}{
		{func(*session.Options) {}, "__Host-session-bound", "Path=/; Secure; HttpOnly; SameSite=Lax", "/session/device"},
		{
			func(o *session.Options) { o.CookieName, o.SameSite = "__Host-Http-sid", http.SameSiteStrictMode },
			"__Host-sid-bound", "Path=/; Secure; HttpOnly; SameSite=Strict", "/session/device",
		},
		{
			func(o *session.Options) { o.CookieName, o.CookiePath = "__Secure-sid", "/app" },
			"__Secure-sid-bound", "Path=/app; Secure; HttpOnly; SameSite=Lax", "/app/session/device",
		},
		{
			func(o *session.Options) { o.CookiePath, o.SameSite = "/app/", http.SameSiteNoneMode },
			"__Secure-session-bound", "Path=/app/; Secure; HttpOnly; SameSite=None", "/app/session/device",
		},
	} {
		b := newBrowser(t, newManager(t, devicebound.Options{}, test.change))
		login := b.send("POST", "/login")
		if b.asks[0] != test.where+"/register" {
			t.Errorf("the browser registers at %s, want %s/register", b.asks[0], test.where)
		}
		rec := b.register()
		for _, want := range []string{`"name":"` + test.name + `"`, `"attributes":"` + test.attributes + `"`, `"refresh_url":"` + test.where + `/refresh"`} {
			if !strings.Contains(rec.Body.String(), want) {
				t.Errorf("the instructions lack %s:\n%s", want, rec.Body)
			}
		}
		if set := rec.Header().Get("Set-Cookie"); !strings.HasPrefix(set, test.name+"=") || !strings.HasSuffix(set, "; "+test.attributes) {
			t.Errorf("the cookie %s has other attributes than %s", test.name, test.attributes)
		}
		wantLocator(t, login, test.where)
	}
}

func wantLocator(t *testing.T, login *httptest.ResponseRecorder, path string) {
	t.Helper()
	for _, c := range login.Result().Cookies() {
		if strings.HasSuffix(c.Name, "-device") {
			if c.Path != path || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteNoneMode || c.MaxAge != 24*3600 {
				t.Errorf("the locator has Path %s, Secure %t, HttpOnly %t, SameSite %d, Max-Age %d", c.Path, c.Secure, c.HttpOnly, c.SameSite, c.MaxAge)
			}
			return
		}
	}
	t.Error("the login sets no locator")
}

func TestInitiatorsAndPathAreTheOptions(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{Path: "/.well-known/x", RefreshInitiators: []string{}, Lifetime: 5 * time.Minute}))
	b.send("POST", "/login")
	rec := b.register()
	if !strings.Contains(rec.Body.String(), `"allowed_refresh_initiators":[]`) || b.asks[0] != "/.well-known/x/register" {
		t.Errorf("it registers at %s:\n%s", b.asks[0], rec.Body)
	}
	if set := rec.Header().Get("Set-Cookie"); !strings.Contains(set, "; Max-Age=290;") {
		t.Error("the cookie does not last as the options say")
	}
}
