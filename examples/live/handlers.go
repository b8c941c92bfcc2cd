package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// addRoutes says what there is, and who answers it. Requests of other sites are refused by the App itself.
func addRoutes(app *proapi.App, stopping <-chan struct{}) {
	d := devices{app.Sessions()}
	app.Get("/{$}", d.page)
	app.Post("/login", login)
	app.Post("/logout", logout)
	app.Post("/devices/{handle}/end", d.end)
	app.Post("/devices/others/end", d.endOthers)
	app.Handle("GET /events", events(stopping))
	app.Handle("GET /style.css", asset("style.css"))
	app.Handle("GET /live.js", asset("live.js"))
}

// devices are the pages of a user's sessions.
type devices struct{ sessions *session.Manager }

// page is everything: a form for who is nobody, and for a user his stream and his devices.
func (d devices) page(r *proapi.Request) (any, error) {
	user := r.Session.UserID()
	if user == "" {
		return page("login.html", view{Flashes: r.Session.Flashes()})
	}
	all, err := d.sessions.Devices(r.Context(), user)
	if err != nil {
		return nil, err // the store is down: a 503
	}
	return page("live.html", view{User: user, Devices: all, Flashes: r.Session.Flashes()})
}

// login takes anybody at his word: this example is about what comes after. See examples/login for passwords.
func login(r *proapi.Request) (any, error) {
	name := strings.TrimSpace(r.FormValue("name"))
	if name == "" || len(name) > 40 {
		r.Session.AddFlash("A name has one letter or more, and no more than 40.")
		return home(), nil
	}
	r.Session.Login(name)
	return home(), nil
}

func logout(r *proapi.Request) (any, error) {
	r.Session.Logout()
	return home(), nil
}

// end ends one of the user's sessions, and no other's: the handle in the address may be anything.
func (d devices) end(r *proapi.Request) (any, error) {
	user := r.Session.UserID()
	if user == "" {
		return home(), nil
	}
	err := d.sessions.Revoke(r.Context(), user, r.PathValue("handle"))
	if errors.Is(err, session.ErrNotFound) {
		r.Session.AddFlash("That session has ended already.")
		err = nil
	}
	return home(), err
}

func (d devices) endOthers(r *proapi.Request) (any, error) {
	if user := r.Session.UserID(); user != "" {
		if _, err := d.sessions.RevokeOthers(r.Context(), user); err != nil {
			return nil, err
		}
	}
	return home(), nil
}

func home() proapi.Response { return proapi.Redirect("/", http.StatusSeeOther) }
