package proapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// show prints an App's answer to a request, as a client would see it.
func show(app *proapi.App, method, target, body string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

func newExample(options proapi.Options) *proapi.App {
	app, err := proapi.New(options)
	if err != nil {
		panic(err)
	}
	return app
}

func Example() {
	app, err := proapi.New(proapi.Options{
		EnableSessions: true,
		Session:        session.Options{SecretKey: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
	})
	if err != nil {
		panic(err)
	}
	app.Get("/", func(r *proapi.Request) (any, error) {
		err := session.Modify(r.Session, "visits", func(n int) int { return n + 1 })
		return proapi.Map{"visits": r.Session.Get("visits")}, err
	})
	app.Get("/users/{id}", func(r *proapi.Request) (any, error) {
		if r.PathValue("id") != "1" {
			return nil, proapi.Error(http.StatusNotFound, "no such user")
		}
		return proapi.Map{"id": 1, "verbose": r.Query("verbose", "no")}, nil
	})
	// app.Run(":8000") serves until SIGINT or SIGTERM. An App is an http.Handler, too:
	show(app, "GET", "/", "")
	show(app, "GET", "/users/1?verbose=yes", "")
	show(app, "GET", "/users/2", "")
	show(app, "POST", "/users/1", "")
	// Output:
	// 200 {"visits":1}
	// 200 {"id":1,"verbose":"yes"}
	// 404 {"error":"no such user"}
	// 405 {"error":"Method Not Allowed"}
}

func ExampleRequest_Bind() {
	app := newExample(proapi.Options{})
	app.Post("/login", func(r *proapi.Request) (any, error) {
		var in struct{ Username, Password string }
		if err := r.Bind(&in); err != nil {
			return nil, err
		}
		if in.Username != "admin" || in.Password != "password" {
			return nil, proapi.Error(http.StatusUnauthorized, "Invalid credentials")
		}
		return proapi.Map{"message": "Login successful"}, nil
	})
	show(app, "POST", "/login", `{"username": "admin", "password": "password"}`)
	show(app, "POST", "/login", `{"username": "admin", "password": "guess"}`)
	show(app, "POST", "/login", `{"username": 7}`)
	show(app, "POST", "/login", `{"username": "admin",}`)
	// Output:
	// 200 {"message":"Login successful"}
	// 401 {"error":"Invalid credentials"}
	// 400 {"error":"the JSON does not fit before line 1, column 15: \"Username\" takes a string, not number"}
	// 400 {"error":"invalid JSON at line 1, column 22: invalid character '}' looking for beginning of object key string"}
}

func ExampleResponse() {
	app := newExample(proapi.Options{})
	app.Post("/users", func(*proapi.Request) (any, error) {
		return proapi.Response{
			Status: http.StatusCreated,
			Header: http.Header{"Location": {"/users/1"}},
			Body:   proapi.Map{"id": 1},
		}, nil
	})
	show(app, "POST", "/users", "")
	// Output:
	// 201 {"id":1}
}

func ExampleRedirect() {
	app := newExample(proapi.Options{})
	app.Get("/profile", func(*proapi.Request) (any, error) { return proapi.Redirect("/login"), nil })
	show(app, "GET", "/profile", "")
	// Output:
	// 302
}

func ExampleApp_Group() {
	app := newExample(proapi.Options{Logger: slog.New(slog.DiscardHandler)})
	denied := func(http.Handler) http.Handler { return http.NotFoundHandler() }
	app.Group("/api").Get("/users/{id}", func(r *proapi.Request) (any, error) { return "user " + r.PathValue("id"), nil })
	app.Group("/admin", denied).Get("/", func(*proapi.Request) (any, error) { return "never", nil })
	show(app, "GET", "/api/users/7", "")
	show(app, "GET", "/admin/", "")
	// Output:
	// 200 user 7
	// 404 404 page not found
}

func ExampleOptionsFromEnv() {
	_ = os.Setenv("PROAPI_SESSION_MAX_AGE", "soon")
	defer func() { _ = os.Unsetenv("PROAPI_SESSION_MAX_AGE") }()
	_, err := proapi.OptionsFromEnv()
	fmt.Println(err)
	// Output:
	// proapi: PROAPI_SESSION_MAX_AGE does not fit: it takes seconds ("3600") or a Go duration ("1h30m")
}
