package main

import (
	"net/http"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

// newPanel returns the page with which administrators look after everybody's sessions, under /admin/.
func (a *application) newPanel() (*admin.Handler, error) {
	return admin.New(a.Sessions(), admin.Options{Authorize: a.isAdmin, Deny: http.HandlerFunc(denyPanel)})
}

// isAdmin asks the list of users and not the session, so that who is no administrator any more is none at once.
func (a *application) isAdmin(r *http.Request) bool {
	return a.users.named(session.From(r.Context()).UserID()).Admin
}

// denyPanel sends strangers to the login, and tells everybody else that it is not for him.
func denyPanel(w http.ResponseWriter, r *http.Request) {
	if session.From(r.Context()).UserID() == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	http.Error(w, "Only administrators see this page.", http.StatusForbidden)
}
