package proapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// testHost is the Host of requests that httptest makes.
const testHost = "example.com"

// anyMethod is an App that answers everything below / and counts it, the 404s by a middleware.
func anyMethod(t *testing.T, options proapi.Options) (app *proapi.App, handled *atomic.Int64) {
	t.Helper()
	app, _ = newApp(t, options)
	handled = new(atomic.Int64)
	app.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handled.Add(1)
			next.ServeHTTP(w, r)
		})
	})
	app.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Set("changed", true)
		w.WriteHeader(http.StatusNoContent)
	}))
	return app, handled
}

func TestOtherSitesChangeNothing(t *testing.T) {
	senders := map[string]struct {
		header  []string
		foreign bool
	}{
		"own page":                {[]string{"Sec-Fetch-Site", "same-origin"}, false},
		"address bar":             {[]string{"Sec-Fetch-Site", "none"}, false},
		"other site":              {[]string{"Sec-Fetch-Site", "cross-site"}, true},
		"sibling host":            {[]string{"Sec-Fetch-Site", "same-site"}, true},
		"old browser, own page":   {[]string{"Origin", "https://" + testHost}, false},
		"old browser, other site": {[]string{"Origin", "https://evil.example"}, true},
		"old browser, no origin":  {[]string{"Origin", "null"}, true},
		"curl":                    {nil, false},
	}
	for _, sessions := range []bool{true, false} {
		options := withSessions(session.Options{})
		options.EnableSessions = sessions
		app, handled := anyMethod(t, options)
		for method, unsafe := range map[string]bool{
			"GET": false, "HEAD": false, "OPTIONS": false,
			"POST": true, "PUT": true, "PATCH": true, "DELETE": true, "TRACE": true, "PROPFIND": true, "post": true,
		} {
			for name, sender := range senders {
				handled.Store(0)
				w := send(t, app, method, "/", "", sender.header...)
				switch refused := unsafe && sender.foreign; {
				case refused && (w.Code != http.StatusForbidden || handled.Load() != 0 || w.Header().Get("Set-Cookie") != ""):
					t.Errorf("sessions %v, %s, %s: got %d %v, handled %d times", sessions, method, name, w.Code, w.Header(), handled.Load())
				case !refused && (w.Code == http.StatusForbidden || handled.Load() != 1):
					t.Errorf("sessions %v, %s, %s: got %d %s", sessions, method, name, w.Code, w.Body)
				}
			}
		}
	}
}

func TestRefusedIsAnErrorInOurForm(t *testing.T) {
	app, log := newApp(t, proapi.Options{})
	for _, path := range []string{"/", "/nothing"} { // 404 and 405 too
		log.Reset()
		w := send(t, app, "POST", path, "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
		wantError(t, w, 403, "POST request refused: its header Sec-Fetch-Site is cross-site, so a page of another site sent it; "+
			"the option TrustedOrigins lets an origin pass, CrossOriginBypass a route")
		if got := w.Header(); got.Get("Cache-Control") != "no-store" || got.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the header is %v", got)
		}
		if strings.Count(log.String(), "level=WARN") != 1 || !strings.Contains(log.String(), "https://evil.example") {
			t.Errorf("the refusal is not logged, once: %s", log)
		}
	}
}

// spyStore knows no session, and counts what is asked of it.
type spyStore struct{ asked atomic.Int64 }

func (s *spyStore) Load(context.Context, session.Key) (session.Record, error) {
	s.asked.Add(1)
	return session.Record{}, session.ErrNotFound
}

func (s *spyStore) Save(context.Context, session.Key, session.Record) error {
	s.asked.Add(1)
	return nil
}

func (s *spyStore) Delete(context.Context, session.Key, time.Time) error {
	s.asked.Add(1)
	return nil
}

func TestRefusedRequestTouchesNoSession(t *testing.T) {
	store := &spyStore{}
	app, handled := anyMethod(t, withSessions(session.Options{Store: store}))
	jar := cookie(t, send(t, app, "POST", "/", ""))
	handled.Store(0)
	store.asked.Store(0)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "cross-site", "Cookie", jar}} {
		w := send(t, app, "POST", "/", "", header...)
		if w.Code != http.StatusForbidden || handled.Load() != 0 || store.asked.Load() != 0 || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%v: got %d %v, handled %d times, store asked %d times", header, w.Code, w.Header(), handled.Load(), store.asked.Load())
		}
	}
	send(t, app, "POST", "/", "", "Sec-Fetch-Site", "same-origin", "Cookie", jar)
	if handled.Load() != 1 || store.asked.Load() == 0 {
		t.Error("an own page's request, which this test compares with, does not reach the store")
	}
}

// TestOtherSiteLogsNobodyIn is login forgery: the attacker's form logs the victim in as the attacker.
func TestOtherSiteLogsNobodyIn(t *testing.T) {
	app, _ := newApp(t, withSessions(session.Options{}))
	app.Post("/login", func(r *proapi.Request) (any, error) {
		r.Session.Login("1")
		return "in", nil
	})
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site"}
	if w := send(t, app, "POST", "/login", "user=mallory", append(form, "cross-site")...); w.Code != 403 || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if w := send(t, app, "POST", "/login", "user=alice", append(form, "same-origin")...); w.Code != 200 || w.Header().Get("Set-Cookie") == "" {
		t.Errorf("our own form: got %d %v", w.Code, w.Header())
	}
}

func TestTrustedOriginsAndBypassedRoutesPass(t *testing.T) {
	app, _ := anyMethod(t, proapi.Options{
		TrustedOrigins:    []string{"https://app.example.net"},
		CrossOriginBypass: []string{"POST /hooks/{name}"},
	})
	for name, test := range map[string]struct {
		path, origin string
		passes       bool
	}{
		"trusted":               {"/", "https://app.example.net", true},
		"another":               {"/", "https://evil.example", false},
		"bypassed":              {"/hooks/pay", "https://evil.example", true},
		"near one":              {"/hooks", "https://evil.example", false},
		"trusted, other scheme": {"/", "http://app.example.net", false},
	} {
		w := send(t, app, "POST", test.path, "", "Sec-Fetch-Site", "cross-site", "Origin", test.origin)
		if w.Code == http.StatusForbidden == test.passes {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

func TestCrossOriginIsOnUnlessOff(t *testing.T) {
	for position, refuses := range map[session.Switch]bool{session.Auto: true, session.On: true, session.Off: false} {
		options := proapi.Options{CrossOrigin: position}
		if !refuses {
			options.TrustedOrigins = []string{"is not looked at"}
		}
		app, _ := anyMethod(t, options)
		if w := send(t, app, "POST", "/", "", "Sec-Fetch-Site", "cross-site"); (w.Code == http.StatusForbidden) != refuses {
			t.Errorf("%s: got %d", position, w.Code)
		}
	}
}

func TestNewReportsWrongCrossOriginOptions(t *testing.T) {
	_, err := proapi.New(proapi.Options{
		MaxBodyBytes: -1, TrustedOrigins: []string{"https://App.example.net/"}, CrossOriginBypass: []string{"hooks"},
		EnableSessions: true, Session: session.Options{Backend: "tape"},
	})
	_, wrongSwitch := proapi.New(proapi.Options{CrossOrigin: 7})
	for _, want := range []string{
		"MaxBodyBytes", "TrustedOrigins", `"https://App.example.net/": a browser sends "https://app.example.net"`, "CrossOriginBypass",
		`"hooks"`, `"tape"`, "CrossOrigin is Switch(7)",
	} {
		if all := fmt.Sprint(err, wrongSwitch); !strings.Contains(all, want) {
			t.Errorf("the error lacks %s:\n%v", want, all)
		}
	}
}

func TestBypassIsReadFromTheEnvironmentWithMethods(t *testing.T) {
	for text, want := range map[string]string{
		"/a":                              `["/a"]`,
		"POST /a":                         `["POST /a"]`,
		"POST /a,GET /b/ /c":              `["POST /a" "GET /b/" "/c"]`,
		" PUT\t/a/{x...} , api.example/v": `["PUT /a/{x...}" "api.example/v"]`,
		",":                               `[]`,
		"POST":                            "error",
		"/a POST":                         "error",
		"POST GET /a":                     "error",
	} {
		setEnv(t, map[string]string{"PROAPI_CROSS_ORIGIN_BYPASS": text})
		options, err := proapi.OptionsFromEnv()
		got := fmt.Sprintf("%q", options.CrossOriginBypass)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: got %s, want %s (%v)", text, got, want, err)
		}
	}
}
