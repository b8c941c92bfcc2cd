package main

import (
	"net/http"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// addRoutes says what there is, and who answers it. GET /logout is not there on purpose: a link, or a browser that fetches
// links ahead, must not log anybody out.
func addRoutes(app *proapi.App) {
	app.Use(http.NewCrossOriginProtection().Handler) // no other site's form logs a visitor in or out
	app.Handle("GET /style.css", http.HandlerFunc(style))

	site := app.Group("", personal)
	site.Get("/", home)
	site.Get("/login", loginForm)
	site.Post("/login", login)
	site.Get("/profile", profile)
	site.Post("/logout", logout)
}

// personal is middleware for what depends on the visitor, and on whether a browser asks: no cache keeps it, so that the
// back button shows nothing after a logout.
func personal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Accept")
		next.ServeHTTP(w, r)
	})
}

// home counts the visits of this session. Modify loses none, however many requests come at once.
func home(r *proapi.Request) (any, error) {
	err := session.Modify(r.Session, "visits", func(visits int) int { return visits + 1 })
	if err != nil {
		return nil, err
	}
	if wantsPage(r) {
		return page("home.html", view{Username: username(r.Session), Visits: r.Session.Get("visits")})
	}
	return proapi.Map{"user_id": r.Session.Get("user_id"), "visits": r.Session.Get("visits")}, nil
}

func loginForm(r *proapi.Request) (any, error) {
	if wantsPage(r) {
		return page("login.html", view{Username: username(r.Session), Flashes: r.Session.Flashes()})
	}
	return proapi.Map{"message": "POST a username and a password here"}, nil
}

func login(r *proapi.Request) (any, error) {
	var in struct{ Username, Password string }
	if err := r.Bind(&in); err != nil { // JSON or a form
		return nil, err
	}
	user, ok := authenticate(in.Username, in.Password)
	switch {
	case !ok && wantsPage(r):
		r.Session.AddFlash("That username and password do not match.")
		return proapi.Redirect("/login", http.StatusSeeOther), nil
	case !ok:
		return nil, proapi.Error(http.StatusUnauthorized, "Invalid credentials")
	}
	r.Session.Login(user.Name) // a new ID: a cookie that somebody saw or planted before is worth nothing
	r.Session.Update(map[string]any{"user_id": user.ID, "username": user.Name})
	if wantsPage(r) {
		return proapi.Redirect("/profile", http.StatusSeeOther), nil
	}
	return proapi.Map{"message": "Login successful"}, nil
}

func profile(r *proapi.Request) (any, error) {
	if r.Session.UserID() == "" {
		return proapi.Redirect("/login"), nil
	}
	if wantsPage(r) {
		return page("profile.html", view{
			Username: username(r.Session),
			Since:    r.Session.CreatedAt(),
			Until:    r.Session.ExpiresAt(),
		})
	}
	return proapi.Map{"user_id": r.Session.Get("user_id"), "username": r.Session.Get("username")}, nil
}

// logout ends the session for good: whoever has kept its cookie has nothing.
func logout(r *proapi.Request) (any, error) {
	r.Session.Logout()
	if wantsPage(r) {
		return proapi.Redirect("/", http.StatusSeeOther), nil
	}
	return proapi.Map{"message": "Logout successful"}, nil
}

// username returns who is logged in, "" for nobody.
func username(s *session.Session) string {
	name, _ := s.Get("username").(string)
	return name
}
