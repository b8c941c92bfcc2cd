package proapi_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

const testKey = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

func withSessions(options session.Options) proapi.Options {
	options.SecretKey = testKey
	return proapi.Options{EnableSessions: true, Session: options}
}

// cookie returns the session's cookie as a request header has it.
func cookie(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	if value == "" {
		t.Fatalf("no cookie was set: %d %s %v", w.Code, w.Body, w.Header())
	}
	return value
}

func visits(r *proapi.Request) (any, error) {
	err := session.Modify(r.Session, "visits", func(n int) int { return n + 1 })
	return proapi.Map{"visits": r.Session.Get("visits")}, err
}

func TestSessionLastsFromRequestToRequest(t *testing.T) {
	app, _ := newApp(t, withSessions(session.Options{}))
	app.Get("/", visits)
	first := send(t, app, "GET", "/", "")
	second := send(t, app, "GET", "/", "", "Cookie", cookie(t, first))
	if got := first.Body.String() + second.Body.String(); got != "{\"visits\":1}\n{\"visits\":2}\n" {
		t.Errorf("got %s", got)
	}
	if app.Sessions() == nil {
		t.Error("Sessions is nil")
	}
}

func TestAnswerThatFailsChangesNoSession(t *testing.T) {
	change := func(r *proapi.Request) { r.Session.Set("changed", true) }
	for name, test := range map[string]struct {
		handler proapi.Handler
		keeps   bool
	}{
		"a panic": {func(r *proapi.Request) (any, error) { change(r); panic("x") }, false},
		"a 500":   {func(r *proapi.Request) (any, error) { change(r); return nil, errors.New("x") }, false},
		"not encodable": {func(r *proapi.Request) (any, error) {
			change(r)
			return proapi.Map{"a": strings.Repeat("x", 1<<16), "b": math.Inf(1)}, nil
		}, false},
		"a 4xx is an answer": {func(r *proapi.Request) (any, error) { change(r); return nil, proapi.Error(409, "x") }, true},
		"a 204":              {func(r *proapi.Request) (any, error) { change(r); return nil, nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			app, _ := newApp(t, withSessions(session.Options{}))
			app.Get("/", visits)
			app.Get("/change", test.handler)
			app.Get("/changed", func(r *proapi.Request) (any, error) { return r.Session.Has("changed"), nil })
			jar := cookie(t, send(t, app, "GET", "/", ""))
			send(t, app, "GET", "/change", "", "Cookie", jar)
			if got := send(t, app, "GET", "/changed", "", "Cookie", jar).Body.String(); got != fmt.Sprintln(test.keeps) {
				t.Errorf("changed is %s", got)
			}
		})
	}
}

// downStore cannot answer.
type downStore struct{}

var errDown = errors.New("disk on fire")

func (downStore) Load(context.Context, session.Key) (session.Record, error) {
	return session.Record{}, errDown
}
func (downStore) Save(context.Context, session.Key, session.Record) error { return errDown }
func (downStore) Delete(context.Context, session.Key, time.Time) error    { return errDown }

func TestStoreThatIsDownIsA503(t *testing.T) {
	for name, handler := range map[string]proapi.Handler{
		"change": func(r *proapi.Request) (any, error) { r.Session.Set("a", 1); return "stored!", nil },
		"read":   func(r *proapi.Request) (any, error) { return r.Session.Get("a"), nil },
		"checked read": func(r *proapi.Request) (any, error) {
			_, err := session.Value[int](r.Session, "a")
			return nil, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			working, _ := newApp(t, withSessions(session.Options{}))
			working.Get("/", visits)
			jar := cookie(t, send(t, working, "GET", "/", ""))
			app, log := newApp(t, withSessions(session.Options{Store: downStore{}}))
			app.Get("/", handler)
			w := send(t, app, "GET", "/", "", "Cookie", jar)
			wantError(t, w, 503, "Service Unavailable")
			if w.Header().Get("Retry-After") != "1" || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("the header is %v", w.Header())
			}
			if strings.Count(log.String(), "level=ERROR") != 1 || !strings.Contains(log.String(), "disk on fire") {
				t.Errorf("the failure is not logged, once: %s", log)
			}
		})
	}
}

func TestSessionsOwnOnErrorIsKept(t *testing.T) {
	app, _ := newApp(t, withSessions(session.Options{
		Store:   downStore{},
		OnError: func(w http.ResponseWriter, _ *http.Request, status int, _ error) { w.WriteHeader(status + 1) },
	}))
	app.Get("/", visits)
	if w := send(t, app, "GET", "/", ""); w.Code != 504 {
		t.Errorf("got %d", w.Code)
	}
}

func TestSessionThatIsNotEnabled(t *testing.T) {
	app, log := newApp(t, proapi.Options{})
	app.Get("/untouched", answers("fine"))
	app.Get("/read", func(r *proapi.Request) (any, error) { return r.Session.Get("a"), nil })
	app.Get("/changed", func(r *proapi.Request) (any, error) { r.Session.Set("a", 1); return nil, proapi.Error(400, "x") })
	if w := send(t, app, "GET", "/untouched", ""); w.Code != 200 || log.Len() > 0 {
		t.Errorf("not used: got %d %s, log %s", w.Code, w.Body, log)
	}
	for _, target := range []string{"/read", "/changed"} {
		log.Reset()
		wantError(t, send(t, app, "GET", target, ""), 500, "Internal Server Error")
		if !strings.Contains(log.String(), "EnableSessions") {
			t.Errorf("%s: the log does not say how to enable sessions: %s", target, log)
		}
	}
	if app.Sessions() != nil {
		t.Error("Sessions is not nil")
	}
}

func TestManagerOfYourOwnAsMiddleware(t *testing.T) {
	manager, err := session.New(session.Options{SecretKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = manager.Close() }()
	app, _ := newApp(t, proapi.Options{})
	app.Use(manager.Middleware)
	app.Get("/", visits)
	if w := send(t, app, "GET", "/", ""); w.Body.String() != `{"visits":1}`+"\n" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestSessionHasTheAppsEnvAndLogger(t *testing.T) {
	app, log := newApp(t, proapi.Options{EnableSessions: true, Env: proapi.Production})
	if !strings.Contains(log.String(), "SecretKey") {
		t.Errorf("the missing key is not in the App's log: %s", log)
	}
	w := send(t, app, "GET", "/none", "")
	wantError(t, w, 404, "Not Found")
	if c := w.Header().Get("Set-Cookie"); !strings.Contains(c, "Secure") {
		t.Errorf("in production the cookie is %q", c)
	}
	options := withSessions(session.Options{Env: session.Testing})
	options.Env = proapi.Production
	app, _ = newApp(t, options)
	if c := send(t, app, "GET", "/", "").Header().Get("Set-Cookie"); strings.Contains(c, "Secure") {
		t.Errorf("the session's own Env does not count more: %q", c)
	}
}
