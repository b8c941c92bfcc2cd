package session_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/proapi-go/proapi/session"
)

// A browser sends requests to a handler and keeps the cookie that it gets.
type browser struct{ cookie *http.Cookie }

// get sends a request and returns the answer's status.
func (b *browser) get(h http.Handler, path string) int {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookie = c
	}
	return w.Code
}

// quiet returns a Manager that logs nothing, with options besides.
func quiet(o session.Options) *session.Manager {
	o.SecretKey, o.Logger = "a secret of thirty-two bytes or more", slog.New(slog.DiscardHandler)
	m, err := session.New(o)
	if err != nil {
		panic(err)
	}
	return m
}

// browse returns a function that makes one request of one and the same browser, which the handler that it is given answers.
func browse(m *session.Manager) func(handler func(s *session.Session)) int {
	b := &browser{}
	return func(handler func(s *session.Session)) int {
		return b.get(m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			handler(session.From(r.Context()))
		})), "/")
	}
}

// With net/http, and with every router that is made for it.
func Example() {
	sessions, err := session.New(session.Options{
		SecretKey: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", // openssl rand -hex 32
	})
	if err != nil {
		panic(err) // it names every option that is wrong
	}
	defer func() { _ = sessions.Close() }()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
		fmt.Println("visit", s.Get("visits"))
	})
	app := sessions.Middleware(mux) // http.ListenAndServe(":8000", app)

	ann, ben := &browser{}, &browser{}
	ann.get(app, "/")
	ann.get(app, "/")
	ben.get(app, "/")
	// Output:
	// visit 1
	// visit 2
	// visit 1
}

// Everything that is wrong is told at once, with what would be right.
func ExampleNew() {
	_, err := session.New(session.Options{
		SecretKey: "a secret of thirty-two bytes or more",
		SameSite:  http.SameSiteNoneMode,
		Secure:    session.Off,
		MaxAge:    time.Millisecond,
	})
	fmt.Println(err)
	// Output:
	// session: MaxAge is 1ms: cookies count whole seconds, set 1s or more
	// session: SameSite None needs Secure, browsers drop the cookie otherwise: set Secure to On, or SameSite to Lax
}

// From finds the session wherever the request's context is at hand.
func ExampleFrom() {
	greet := func(r *http.Request) string {
		return "Hello, " + session.From(r.Context()).Get("name", "stranger").(string)
	}
	manager := quiet(session.Options{})
	app := manager.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(greet(r))
		session.From(r.Context()).Set("name", "Ann")
	}))
	b := &browser{}
	b.get(app, "/")
	b.get(app, "/")
	// Output:
	// Hello, stranger
	// Hello, Ann
}

// Behind no Manager there is a session all the same, and it says what is missing.
func ExampleFrom_disabled() {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	_, err := session.Value[int](session.From(r.Context()), "visits")
	fmt.Println(err)
	// Output:
	// session: sessions are not enabled here: with proapi set Options.EnableSessions, with net/http wrap the handler in Manager.Middleware
}

func ExampleManager_Middleware() {
	manager := quiet(session.Options{})
	app := manager.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if r.URL.Path == "/fail" {
			s.Set("half", "done")
			http.Error(w, "sorry", http.StatusInternalServerError) // stores nothing
			return
		}
		fmt.Println(s.Has("half"))
	}))
	b := &browser{}
	fmt.Println(b.get(app, "/fail"))
	b.get(app, "/")
	// Output:
	// 500
	// false
}
