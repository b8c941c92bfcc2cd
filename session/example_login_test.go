package session_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session"
)

// Login gives the session a new ID, so that one which somebody planted before is worth nothing.
func ExampleSession_Login() {
	visit := browse(quiet(session.Options{}))
	var before session.ID
	visit(func(s *session.Session) {
		s.Set("cart", 3)
		before = s.ID()
	})
	visit(func(s *session.Session) { s.Login("ann") })
	visit(func(s *session.Session) { fmt.Println(s.UserID(), s.Get("cart"), s.ID() != before) })
	// Output:
	// ann 3 true
}

// Logged out is logged out in every request that holds the session, and for whoever has copied the cookie.
func ExampleSession_Logout() {
	manager := quiet(session.Options{})
	app := manager.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		switch r.URL.Path {
		case "/login":
			s.Login("ann")
		case "/logout":
			s.Logout()
		default:
			fmt.Printf("user %q\n", s.UserID())
		}
	}))
	b := &browser{}
	b.get(app, "/login")
	thief := &browser{cookie: b.cookie}
	thief.get(app, "/")
	b.get(app, "/logout")
	thief.get(app, "/")
	// Output:
	// user "ann"
	// user ""
}

func ExampleSession_UserID() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { fmt.Printf("%q\n", s.UserID()) })
	visit(func(s *session.Session) { s.Login("ann") })
	visit(func(s *session.Session) { fmt.Printf("%q\n", s.UserID()) })
	// Output:
	// ""
	// "ann"
}

func ExampleSession_AuthenticatedAt() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { fmt.Println(s.AuthenticatedAt().IsZero()) })
	visit(func(s *session.Session) { s.Login("ann") })
	visit(func(s *session.Session) { fmt.Println(time.Since(s.AuthenticatedAt()) < time.Minute) })
	// Output:
	// true
	// true
}

// When a visitor's rights change. What the session holds is kept.
func ExampleSession_Renew() {
	visit := browse(quiet(session.Options{}))
	var before session.ID
	visit(func(s *session.Session) {
		s.Set("plan", "free")
		before = s.ID()
	})
	visit(func(s *session.Session) {
		s.Set("plan", "pro")
		s.Renew()
	})
	visit(func(s *session.Session) { fmt.Println(s.Get("plan"), s.ID() != before) })
	// Output:
	// pro true
}

func ExampleSession_Destroy() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("cart", 3) })
	visit(func(s *session.Session) { s.Destroy() })
	visit(func(s *session.Session) { fmt.Println(s.Len(), s.IsNew()) })
	// Output:
	// 0 true
}

// An ID does not print: who has one has the session.
func ExampleSession_ID() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { fmt.Println(s.ID(), s.ID().IsZero()) })
	// Output:
	// [redacted] false
}

// Nothing is stored for a visitor until a value is set.
func ExampleSession_IsNew() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { fmt.Println(s.IsNew()) })
	visit(func(s *session.Session) {
		fmt.Println(s.IsNew())
		s.Set("seen", true)
	})
	visit(func(s *session.Session) { fmt.Println(s.IsNew()) })
	// Output:
	// true
	// true
	// false
}

func ExampleSession_CreatedAt() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("seen", true) })
	visit(func(s *session.Session) { fmt.Println(time.Since(s.CreatedAt()) < time.Minute) })
	// Output:
	// true
}

func ExampleSession_ExpiresAt() {
	visit := browse(quiet(session.Options{MaxAge: 8 * time.Hour}))
	visit(func(s *session.Session) { s.Set("seen", true) })
	visit(func(s *session.Session) { fmt.Println(s.ExpiresAt().Sub(s.CreatedAt())) })
	// Output:
	// 8h0m0s
}

// A page with several steps asks before the one that cannot be taken back whether the session was there at all.
func ExampleSession_Err() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		if err := s.Err(); err != nil {
			return // the store is down; the client gets a 503, whatever is answered
		}
		fmt.Println("banned:", s.Get("banned", false))
	})
	// Output:
	// banned: false
}

// A stream ends with its session, wherever that is ended: here, on another node, by an administrator.
func ExampleSession_Done() {
	manager := quiet(session.Options{})
	defer func() { _ = manager.Close() }()
	visit := browse(manager)
	visit(func(s *session.Session) { s.Login("ann") })
	visit(func(s *session.Session) {
		done := s.Done()
		_, _ = manager.RevokeUser(context.Background(), "ann")
		<-done
		fmt.Println("the stream ends")
	})
	// Output:
	// the stream ends
}

func ExampleRequireUser() {
	manager := quiet(session.Options{})
	account := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("the account of", session.From(r.Context()).UserID())
	})
	mux := http.NewServeMux()
	mux.Handle("/account/", session.RequireUser(http.RedirectHandler("/login", http.StatusFound))(account))
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { session.From(r.Context()).Login("ann") })
	app := manager.Middleware(mux)

	b := &browser{}
	fmt.Println(b.get(app, "/account/"))
	b.get(app, "/login")
	b.get(app, "/account/")
	// Output:
	// 302
	// the account of ann
}

// What he must not be able to do with a session that somebody else found open.
func ExampleRequireRecentLogin() {
	manager := quiet(session.Options{})
	password := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fmt.Println("a new password") })
	mux := http.NewServeMux()
	mux.Handle("/password", session.RequireRecentLogin(10*time.Minute, http.RedirectHandler("/login?again", http.StatusFound))(password))
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { session.From(r.Context()).Login("ann") })
	app := manager.Middleware(mux)

	b := &browser{}
	fmt.Println(b.get(app, "/password"))
	b.get(app, "/login")
	b.get(app, "/password")
	// Output:
	// 302
	// a new password
}
