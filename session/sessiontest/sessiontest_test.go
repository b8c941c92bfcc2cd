package sessiontest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

func newManager(t *testing.T, change ...func(*session.Options)) *session.Manager {
	t.Helper()
	o := session.Options{SecretKey: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"}
	for _, c := range change {
		c(&o)
	}
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func get() *http.Request {
	return httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
}

// application counts visits, and logs out at /logout.
func application(m *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
		_, _ = fmt.Fprintf(w, "%v visits %v", s.Get("name", "somebody"), s.Get("visits"))
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r.Context()).Logout() })
	return m.Middleware(mux)
}

func wantBody(t *testing.T, rec *httptest.ResponseRecorder, want string) {
	t.Helper()
	if got := strings.TrimSpace(rec.Body.String()); got != want {
		t.Errorf("the answer is %d %q, want %q", rec.Code, got, want)
	}
}

func wantValues(t *testing.T, v *sessiontest.Visitor, want map[string]any) {
	t.Helper()
	if got := v.Values(); !reflect.DeepEqual(got, want) {
		t.Errorf("the session holds %v, want %v", got, want)
	}
}

func TestVisitorIsRecognised(t *testing.T) {
	for name, change := range map[string]func(*session.Options){
		"by default":             func(*session.Options) {},
		"in production":          func(o *session.Options) { o.Env = session.Production },
		"by another name":        func(o *session.Options) { o.CookieName = "__Host-id"; o.Secure = session.On },
		"from the first write":   func(o *session.Options) { o.CookieOn = session.FirstWrite },
		"under another path":     func(o *session.Options) { o.CookiePath = "/app" },
		"where the cookie rolls": func(o *session.Options) { o.Rolling = true },
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, change)
			v := sessiontest.New(t, m)
			wantBody(t, v.Do(application(m), get()), "somebody visits 1")
			wantBody(t, v.Do(application(m), get()), "somebody visits 2")
			v.Set(map[string]any{"name": "anna"})
			wantBody(t, v.Do(application(m), get()), "anna visits 3")
			wantValues(t, v, map[string]any{"name": "anna", "visits": 3})
			wantBody(t, sessiontest.New(t, m).Do(application(m), get()), "somebody visits 1")
		})
	}
}

func TestVisitorUsesAnApp(t *testing.T) {
	app, err := proapi.New(proapi.Options{EnableSessions: true})
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/", func(r *proapi.Request) (any, error) {
		r.Session.Delete("cart")
		return proapi.Map{"user": r.Session.UserID(), "cart": r.Session.Get("cart.old", "none")}, nil
	})
	v := sessiontest.New(t, app.Sessions())
	v.Login("7")
	v.Set(map[string]any{"cart": []string{"tea"}, "seen": 4.5})
	wantValues(t, v, map[string]any{"cart": []any{"tea"}, "seen": 4.5})
	wantBody(t, v.Do(app, get()), `{"cart":"none","user":"7"}`)
	wantValues(t, v, map[string]any{"seen": 4.5})
	if v.UserID() != "7" {
		t.Errorf("the user is %q", v.UserID())
	}
}

func TestLoginRenewsTheCookie(t *testing.T) {
	m := newManager(t)
	v := sessiontest.New(t, m)
	v.Set(map[string]any{"cart": 3})
	thief := v.Copy()
	v.Login("1")
	if v.Cookie("session").Value == thief.Cookie("session").Value {
		t.Error("the login kept the cookie")
	}
	wantValues(t, v, map[string]any{"cart": 3})
	wantValues(t, thief, map[string]any{})
	if thief.UserID() != "" || v.UserID() != "1" {
		t.Errorf("the old cookie is user %q, the new one %q", thief.UserID(), v.UserID())
	}
}

func TestLogoutRemovesTheCookie(t *testing.T) {
	m := newManager(t)
	v := sessiontest.New(t, m)
	v.Login("1")
	thief := v.Copy()
	v.Do(application(m), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/logout", http.NoBody))
	if c := v.Cookie("session"); c != nil {
		t.Errorf("the visitor still has a cookie, Max-Age %d", c.MaxAge)
	}
	if thief.Cookie("session") == nil || thief.UserID() != "" {
		t.Error("the old cookie is not dead, or the copy lost it")
	}
}

func TestUseReachesWhatSetDoesNot(t *testing.T) {
	v := sessiontest.New(t, newManager(t))
	v.Use(func(s *session.Session) { s.AddFlash("Saved.") })
	wantValues(t, v, map[string]any{})
	var flashes []any
	v.Use(func(s *session.Session) { flashes = s.Flashes() })
	if !reflect.DeepEqual(flashes, []any{"Saved."}) {
		t.Errorf("the flashes are %v", flashes)
	}
}

func TestLookingChangesNobody(t *testing.T) {
	v := sessiontest.New(t, newManager(t))
	wantValues(t, v, map[string]any{})
	if v.UserID() != "" || v.Cookie("session") != nil {
		t.Error("a stranger who was looked at has a user or a cookie")
	}
	v.Set(map[string]any{"a": 1})
	before := *v.Cookie("session")
	wantValues(t, v, map[string]any{"a": 1})
	if got := v.Cookie("session"); !reflect.DeepEqual(*got, before) {
		t.Error("looking has changed the cookie")
	}
}

func TestCookieIsTheCallersOwn(t *testing.T) {
	v := sessiontest.New(t, newManager(t))
	v.Set(map[string]any{"a": 1})
	c := v.Cookie("session")
	if !c.HttpOnly || c.Path != "/" || c.MaxAge < 3590 || c.MaxAge > 3600 {
		t.Errorf("the cookie's attributes are not those it was set with: %+v", c)
	}
	c.Value = "tampered"
	wantValues(t, v, map[string]any{"a": 1})
}

func TestRequestsOwnCookieIsSentInstead(t *testing.T) {
	m := newManager(t)
	v := sessiontest.New(t, m)
	v.Set(map[string]any{"name": "anna"})
	r := get()
	r.AddCookie(&http.Cookie{Name: "session", Value: "tampered"})
	wantBody(t, v.Do(application(m), r), "somebody visits 1")
}

func TestDoLeavesTheRequestAsItIs(t *testing.T) {
	m := newManager(t)
	r := get()
	v := sessiontest.New(t, m)
	v.Set(map[string]any{"name": "anna"})
	wantBody(t, v.Do(application(m), r), "anna visits 1")
	if len(r.Header) > 0 {
		t.Error("the request has the visitor's cookie")
	}
	wantBody(t, sessiontest.New(t, m).Do(application(m), r), "somebody visits 1")
}

func TestJarKeepsWhatResponsesSet(t *testing.T) {
	gone := time.Now().Add(-time.Hour)
	v := sessiontest.New(t, newManager(t))
	for _, step := range []struct {
		name  string
		set   http.Cookie
		sends string
	}{
		{"one", http.Cookie{Name: "theme", Value: "dark"}, "theme=dark"},
		{"another", http.Cookie{Name: "csrf", Value: "1", Expires: time.Now().Add(time.Hour)}, "theme=dark; csrf=1"},
		{"a new value", http.Cookie{Name: "theme", Value: "light", MaxAge: 60, Expires: gone}, "csrf=1; theme=light"},
		{"expired by Expires", http.Cookie{Name: "csrf", Expires: gone}, "theme=light"},
		{"expired by Max-Age", http.Cookie{Name: "theme", MaxAge: -1}, ""},
	} {
		v.Do(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, &step.set) }), get())
		var sent string
		v.Do(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header.Get("Cookie") }), get())
		if sent != step.sends {
			t.Errorf("%s: the next request sends %q, want %q", step.name, sent, step.sends)
		}
	}
}

func TestOneVisitorSendsManyRequestsAtOnce(t *testing.T) {
	m := newManager(t)
	v := sessiontest.New(t, m)
	v.Set(map[string]any{"visits": 0})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { v.Do(application(m), get()) })
	}
	all.Wait()
	wantValues(t, v, map[string]any{"visits": 20})
}

func TestSessionAgesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := sessiontest.New(t, newManager(t))
		v.Set(map[string]any{"a": 1})
		<-time.After(59 * time.Minute)
		wantValues(t, v, map[string]any{"a": 1})
		<-time.After(2 * time.Minute)
		if v.Cookie("session") == nil {
			t.Fatal("the jar held the old cookie back: the next check shows nothing")
		}
		wantValues(t, v, map[string]any{})
	})
}

func TestLookingIsPossibleInACleanup(t *testing.T) {
	t.Run("test", func(t *testing.T) {
		v := sessiontest.New(t, newManager(t))
		v.Set(map[string]any{"a": 1})
		t.Cleanup(func() { wantValues(t, v, map[string]any{"a": 1}) })
	})
}
