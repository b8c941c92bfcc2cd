package proapi_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// Everything that is wrong is told at once, with what would be right.
func ExampleNew() {
	_, err := proapi.New(proapi.Options{
		EnableSessions: true,
		TrustedOrigins: []string{"app.example.com"},
		Session:        session.Options{SecretKey: "a secret of thirty-two bytes or more", MaxAge: time.Millisecond},
	})
	fmt.Println(err)
	// Output:
	// proapi: TrustedOrigins or CrossOriginBypass: crossorigin: trusted origin "app.example.com": an origin is scheme://host or scheme://host:port, such as "https://app.example.com"
	// proapi: session: MaxAge is 1ms: cookies count whole seconds, set 1s or more
}

// A handler answers a value: a map, struct or slice is JSON, a string HTML, nil is no content.
func ExampleApp_Get() {
	app := newExample(proapi.Options{})
	app.Get("/user", func(*proapi.Request) (any, error) {
		return struct {
			Name  string `json:"name"`
			Admin bool   `json:"admin"`
		}{"Ann", true}, nil
	})
	app.Get("/page", func(*proapi.Request) (any, error) { return "<h1>Hello</h1>", nil })
	app.Get("/nothing", func(*proapi.Request) (any, error) { return nil, nil })
	show(app, "GET", "/user", "")
	show(app, "GET", "/page", "")
	show(app, "GET", "/nothing", "")
	// Output:
	// 200 {"name":"Ann","admin":true}
	// 200 <h1>Hello</h1>
	// 204
}

func ExampleApp_Post() {
	app := newExample(proapi.Options{})
	app.Post("/users", func(r *proapi.Request) (any, error) {
		var in struct{ Name string }
		if err := r.Bind(&in); err != nil {
			return nil, err // a 400 that says what is wrong
		}
		return proapi.Response{Status: http.StatusCreated, Body: proapi.Map{"name": in.Name}}, nil
	})
	show(app, "POST", "/users", `{"name": "Ann"}`)
	// Output:
	// 201 {"name":"Ann"}
}

func ExampleApp_Put() {
	app := newExample(proapi.Options{})
	app.Put("/users/{id}", func(r *proapi.Request) (any, error) { return proapi.Map{"replaced": r.PathValue("id")}, nil })
	show(app, "PUT", "/users/7", `{"name": "Ann"}`)
	// Output:
	// 200 {"replaced":"7"}
}

func ExampleApp_Patch() {
	app := newExample(proapi.Options{})
	app.Patch("/users/{id}", func(r *proapi.Request) (any, error) { return proapi.Map{"changed": r.PathValue("id")}, nil })
	show(app, "PATCH", "/users/7", `{"name": "Ann"}`)
	// Output:
	// 200 {"changed":"7"}
}

func ExampleApp_Delete() {
	app := newExample(proapi.Options{})
	app.Delete("/users/{id}", func(*proapi.Request) (any, error) { return nil, nil })
	show(app, "DELETE", "/users/7", "")
	// Output:
	// 204
}

// Any http.Handler can be mounted, and has the session in its request's context.
func ExampleApp_Handle() {
	app := newExample(proapi.Options{})
	app.Handle("GET /files/", http.StripPrefix("/files/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "the file ", r.URL.Path)
	})))
	show(app, "GET", "/files/logo.svg", "")
	// Output:
	// 200 the file logo.svg
}

// Middleware is what net/http has: everything made for it fits. The first one is the outermost.
func ExampleApp_Use() {
	app := newExample(proapi.Options{})
	app.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Println(r.Method, r.URL.Path)
			next.ServeHTTP(w, r)
		})
	})
	app.Get("/", func(*proapi.Request) (any, error) { return "hello", nil })
	show(app, "GET", "/", "")
	// Output:
	// GET /
	// 200 hello
}

// Groups within groups share a prefix and middleware.
func ExampleGroup_Group() {
	app := newExample(proapi.Options{})
	api := app.Group("/api")
	api.Group("/v2").Get("/users/{id}", func(r *proapi.Request) (any, error) { return "user " + r.PathValue("id"), nil })
	show(app, "GET", "/api/v2/users/7", "")
	// Output:
	// 200 user 7
}

// Sessions gives the manager: to list and end a user's devices, to count, or as middleware of another router.
func ExampleApp_Sessions() {
	app := newExample(proapi.Options{
		EnableSessions: true,
		Session:        session.Options{SecretKey: "a secret of thirty-two bytes or more"},
		Logger:         slog.New(slog.DiscardHandler),
	})
	app.Post("/login", func(r *proapi.Request) (any, error) {
		r.Session.Login("ann")
		return nil, nil
	})
	show(app, "POST", "/login", "")
	n, err := app.Sessions().RevokeUser(context.Background(), "ann")
	fmt.Println(n, err)
	// Output:
	// 204
	// 1 <nil>
}

// An App is an http.Handler: test it without a server, or mount it in another one.
func ExampleApp_ServeHTTP() {
	app := newExample(proapi.Options{})
	app.Get("/", func(*proapi.Request) (any, error) { return "hello", nil })
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 hello
}

// Serve is for a listener of your own: a unix socket, one that systemd hands over, one on any free port.
func ExampleApp_Serve() {
	app := newExample(proapi.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Get("/", func(*proapi.Request) (any, error) { return "hello", nil })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	served := make(chan error)
	go func() { served <- app.Serve(listener) }()

	client := &http.Client{}
	response, err := client.Get("http://" + listener.Addr().String())
	if err != nil {
		panic(err)
	}
	fmt.Println(response.Status)
	_ = response.Body.Close()
	client.CloseIdleConnections()

	fmt.Println(app.Shutdown(context.Background()), <-served)
	// Output:
	// 200 OK
	// <nil> <nil>
}

// Error answers with a status and a message for the client. Any other error is a logged 500 that tells it nothing.
func ExampleError() {
	app := newExample(proapi.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Get("/users/{id}", func(*proapi.Request) (any, error) { return nil, proapi.Error(http.StatusNotFound, "no such user") })
	app.Get("/broken", func(*proapi.Request) (any, error) { return nil, fmt.Errorf("password of the database is wrong") })
	show(app, "GET", "/users/7", "")
	show(app, "GET", "/broken", "")
	// Output:
	// 404 {"error":"no such user"}
	// 500 {"error":"Internal Server Error"}
}

func ExampleRequest_Query() {
	app := newExample(proapi.Options{})
	app.Get("/search", func(r *proapi.Request) (any, error) {
		return proapi.Map{"q": r.Query("q"), "page": r.Query("page", "1")}, nil
	})
	show(app, "GET", "/search?q=tea", "")
	// Output:
	// 200 {"page":"1","q":"tea"}
}

// A field of a form that was posted.
func ExampleRequest_Form() {
	app := newExample(proapi.Options{})
	app.Post("/login", func(r *proapi.Request) (any, error) { return "hello " + r.Form("username"), nil })
	r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader("username=ann&password=tea"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output:
	// hello ann
}

// JSON takes JSON alone; Bind reads forms as well.
func ExampleRequest_JSON() {
	app := newExample(proapi.Options{})
	app.Post("/hook", func(r *proapi.Request) (any, error) {
		var event struct{ Kind string }
		err := r.JSON(&event)
		return proapi.Map{"got": event.Kind}, err
	})
	show(app, "POST", "/hook", `{"kind": "paid"}`)
	// Output:
	// 200 {"got":"paid"}
}

// Run serves until the process gets SIGINT or SIGTERM, or Shutdown is called, and finishes the requests that it has.
func ExampleApp_Run() {
	app := newExample(proapi.Options{Logger: slog.New(slog.DiscardHandler)})
	go func() { _ = app.Shutdown(context.Background()) }() // as SIGTERM would
	fmt.Println(app.Run("127.0.0.1:0"))
	// Output:
	// <nil>
}

// An error that middleware has to look into.
func ExampleHTTPError() {
	err := fmt.Errorf("load user: %w", proapi.Error(http.StatusNotFound, "no such user"))
	if e, ok := errors.AsType[*proapi.HTTPError](err); ok {
		fmt.Println(e.Status, e.Message)
	}
	// Output:
	// 404 no such user
}
