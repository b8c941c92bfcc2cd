package proapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/proapi-go/proapi"
)

func TestRoutesByMethodAndPattern(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	said := func(r *proapi.Request) (any, error) { return r.Method + " " + r.PathValue("id"), nil }
	app.Get("/items/{id}", said)
	app.Post("/items/{id}", said)
	app.Put("/items/{id}", said)
	app.Patch("/items/{id}", said)
	app.Delete("/items/{id}", said)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		if got := send(t, app, method, "/items/7", "").Body.String(); got != method+" 7" {
			t.Errorf("%s: got %q", method, got)
		}
	}
}

func TestSlashAtTheEndStandsForItselfAlone(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Get("/", answers("start"))
	app.Get("/docs/", answers("docs"))
	app.Get("/files/{path...}", func(r *proapi.Request) (any, error) { return r.PathValue("path"), nil })
	app.Handle("/static/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "static") }))
	for target, want := range map[string]string{
		"/": "200 start", "/docs/": "200 docs", "/files/a/b": "200 a/b", "/static/a/b": "200 static",
		"/favicon.ico": "404", "/docs/page": "404", "//docs/": "307", "/files": "307",
	} {
		w := send(t, app, "GET", target, "")
		if got := fmt.Sprint(w.Code, " ", w.Body); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}

func TestMiddlewareStandsInOrder(t *testing.T) {
	var order []string
	mark := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	app, _ := newApp(t, proapi.Options{})
	app.Get("/plain", answers(nil))
	app.Use(mark("a"), mark("b"))
	app.Use(mark("c"))
	api := app.Group("/api/", mark("api"))
	five := app.Group("/five", mark("1"), mark("2"), mark("3"), mark("4"), mark("5"))
	five.Group("/a", mark("a6")).Get("/x", answers(nil)) // groups of one group do not share their middleware's memory
	a := five.Group("/b", mark("b6"))
	five.Group("/c", mark("c6"))
	a.Get("/x", answers(nil))
	v1 := api.Group("/v1", mark("v1"), mark("v1b"))
	v2 := api.Group("/v2", mark("v2"))
	v1.Get("/x", answers(nil))
	v2.Handle("GET /x", http.NotFoundHandler())
	v2.Post("", answers(nil))
	api.Get("/", answers(nil))
	for _, test := range []struct{ method, target, want string }{
		{"GET", "/plain", "a b c"},
		{"GET", "/api/v1/x", "a b c api v1 v1b"},
		{"GET", "/api/v2/x", "a b c api v2"},
		{"POST", "/api/v2", "a b c api v2"},
		{"GET", "/api/", "a b c api"},
		{"GET", "/five/a/x", "a b c 1 2 3 4 5 a6"},
		{"GET", "/five/b/x", "a b c 1 2 3 4 5 b6"},
		{"GET", "/api/none", "a b c"},
	} {
		order = nil
		send(t, app, test.method, test.target, "")
		if !slices.Equal(order, strings.Fields(test.want)) {
			t.Errorf("%s %s passes %v, want %s", test.method, test.target, order, test.want)
		}
	}
}

func TestWrongRoutesPanicAtTheStart(t *testing.T) {
	none := proapi.Handler(nil)
	for name, wrong := range map[string]func(*proapi.App){
		"malformed":               func(a *proapi.App) { a.Get("/{", answers(nil)) },
		"no path":                 func(a *proapi.App) { a.Get("", answers(nil)) },
		"conflicting":             func(a *proapi.App) { a.Get("/a", answers(nil)); a.Get("/a", answers(nil)) },
		"nil handler":             func(a *proapi.App) { a.Post("/", none) },
		"nil http.Handler":        func(a *proapi.App) { a.Handle("/", nil) },
		"no slash in a group":     func(a *proapi.App) { a.Group("/api").Get("x", answers(nil)) },
		"no slash in a sub-group": func(a *proapi.App) { a.Group("/api").Group("x") },
		"Use after a request": func(a *proapi.App) {
			send(t, a, "GET", "/", "")
			a.Use(func(h http.Handler) http.Handler { return h })
		},
	} {
		t.Run(name, func(t *testing.T) {
			app, _ := newApp(t, proapi.Options{})
			if panics(func() { wrong(app) }) == nil {
				t.Error("it is accepted")
			}
		})
	}
}
