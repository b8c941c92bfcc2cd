package main

import (
	"net/http"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// addRoutes says what there is, and who answers it. GET /logout is not there on purpose: a link, or a browser that fetches
// links ahead, must not log anybody out. Forms of other sites do not reach any of it: the App refuses them.
func (a *application) addRoutes() {
	a.Handle("GET /style.css", http.HandlerFunc(style))
	a.Handle("/admin/", a.panel)

	site := a.Group("", personal)
	site.Get("/", a.home)
	site.Get("/login", a.loginForm)
	site.Post("/login", a.login)
	site.Get("/profile", a.profile)
	site.Post("/logout", a.logout)

	account := site.Group("/account", session.RequireUser(http.RedirectHandler("/login", http.StatusSeeOther)))
	account.Get("", a.account)
	account.Post("/password", a.changePassword) // asks for the old one

	// Who finds an open browser must not end his victim's other sessions with it (OWASP ASVS 5.0, 7.5.2).
	again := http.RedirectHandler("/login?again", http.StatusSeeOther)
	sensitive := account.Group("", session.RequireRecentLogin(a.recent, again))
	sensitive.Post("/devices/{handle}/end", a.endDevice)
	sensitive.Post("/devices/end-others", a.endOthers)
	sensitive.Post("/logout-everywhere", a.logoutEverywhere)
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
func (a *application) home(r *proapi.Request) (any, error) {
	err := session.Modify(r.Session, "visits", func(visits int) int { return visits + 1 })
	if err != nil {
		return nil, err
	}
	if wantsPage(r) {
		return page("home.html", a.view(r))
	}
	return proapi.Map{"user_id": r.Session.Get("user_id"), "visits": r.Session.Get("visits")}, nil
}

func (a *application) loginForm(r *proapi.Request) (any, error) {
	if wantsPage(r) {
		return page("login.html", a.view(r))
	}
	return proapi.Map{"message": "POST a username and a password here"}, nil
}

func (a *application) login(r *proapi.Request) (any, error) {
	var in struct{ Username, Password string }
	if err := r.Bind(&in); err != nil { // JSON or a form
		return nil, err
	}
	user, ok := a.users.authenticate(in.Username, in.Password)
	switch {
	case !ok && wantsPage(r):
		r.Session.AddFlash(notice{Text: "That username and password do not match."})
		return proapi.Redirect(r.URL.RequestURI(), http.StatusSeeOther), nil
	case !ok:
		return nil, proapi.Error(http.StatusUnauthorized, "Invalid credentials")
	}
	r.Session.Login(user.Name) // a new ID: a cookie that somebody saw or planted before is worth nothing
	r.Session.Update(map[string]any{"user_id": user.ID, "username": user.Name})
	switch {
	case wantsPage(r) && r.URL.Query().Has("again"):
		return proapi.Redirect("/account", http.StatusSeeOther), nil
	case wantsPage(r):
		return proapi.Redirect("/profile", http.StatusSeeOther), nil
	}
	return proapi.Map{"message": "Login successful"}, nil
}

func (a *application) profile(r *proapi.Request) (any, error) {
	if r.Session.UserID() == "" {
		return proapi.Redirect("/login"), nil
	}
	if wantsPage(r) {
		return page("profile.html", a.view(r))
	}
	return proapi.Map{"user_id": r.Session.Get("user_id"), "username": r.Session.Get("username")}, nil
}

// logout ends the session for good: whoever has kept its cookie has nothing.
func (a *application) logout(r *proapi.Request) (any, error) {
	r.Session.Logout()
	if wantsPage(r) {
		return proapi.Redirect("/", http.StatusSeeOther), nil
	}
	return proapi.Map{"message": "Logout successful"}, nil
}
