package admin_test

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

// From the environment, in a program that is no example.
const (
	exampleSecret   = "32 random bytes or more, as text"
	examplePassword = "the operator's password"
)

// With net/http alone the page stands within the sessions' middleware, so that Authorize finds who is logged in.
func ExampleNew() {
	sessions, err := session.New(session.Options{SecretKey: exampleSecret})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	page, err := admin.New(sessions, admin.Options{
		Authorize: func(r *http.Request) bool { return session.From(r.Context()).Get("role") == "admin" },
		Deny:      http.RedirectHandler("/login", http.StatusSeeOther),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = page.Close() }()
	mux := http.NewServeMux()
	mux.Handle("/admin/", page)
	app := sessions.Middleware(mux)

	rec := httptest.NewRecorder()
	app.ServeHTTP(rec, httptest.NewRequestWithContext(context.Background(), "GET", "/admin/", http.NoBody))
	fmt.Println("a stranger:", rec.Code, rec.Header().Get("Location"))
	// Output: a stranger: 303 /login
}

// An App has the sessions' Manager, and its Handle mounts the page.
func ExampleNew_proapi() {
	app, err := proapi.New(proapi.Options{EnableSessions: true, Session: session.Options{SecretKey: exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	page, err := admin.New(app.Sessions(), admin.Options{
		Authorize: func(r *http.Request) bool { return session.From(r.Context()).UserID() == "1" },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = page.Close() }()
	app.Handle("/admin/", page)

	rec := httptest.NewRecorder()
	app.ServeHTTP(rec, httptest.NewRequestWithContext(context.Background(), "GET", "/admin/sessions", http.NoBody))
	fmt.Println("a stranger:", rec.Code)
	// Output: a stranger: 403
}

// Whoever stands before the page may authorise requests, too: a proxy, or another middleware. Then the page has only to be
// told what they have found.
func ExampleOptions_authorize() {
	sessions, err := session.New(session.Options{SecretKey: exampleSecret})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	page, err := admin.New(sessions, admin.Options{
		Authorize: func(r *http.Request) bool {
			user, password, ok := r.BasicAuth()
			return ok && user == "operator" && subtle.ConstantTimeCompare([]byte(password), []byte(examplePassword)) == 1
		},
		Deny: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="sessions", charset="UTF-8"`)
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
		}),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = page.Close() }()

	internal := http.NewServeMux() // of a server that listens on another port
	internal.Handle("/ops/sessions/", http.StripPrefix("/ops/sessions", page))
	for _, password := range []string{"guess", examplePassword} {
		r := httptest.NewRequestWithContext(context.Background(), "GET", "/ops/sessions/", http.NoBody)
		r.SetBasicAuth("operator", password)
		rec := httptest.NewRecorder()
		internal.ServeHTTP(rec, r)
		fmt.Println(rec.Code)
	}
	// Output:
	// 401
	// 200
}
