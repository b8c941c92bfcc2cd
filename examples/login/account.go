package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// account shows the user's devices: where he is logged in.
func (a *application) account(r *proapi.Request) (any, error) {
	devices, err := a.Sessions().Devices(r.Context(), r.Session.UserID())
	if err != nil {
		return nil, err
	}
	if wantsPage(r) {
		v := a.view(r)
		v.Devices = devices
		return page("account.html", v)
	}
	list := []proapi.Map{}
	for _, d := range devices {
		list = append(list, proapi.Map{
			"handle": d.Handle, "current": d.Current, "client": d.Client, "address": d.Address,
			"logged_in_at": d.AuthenticatedAt, "seen_at": d.SeenAt,
		})
	}
	return proapi.Map{"username": r.Session.UserID(), "devices": list}, nil
}

// endDevice ends one of the user's sessions. Whose it is decides the session and never the request, so that nobody ends
// another's by guessing a handle.
func (a *application) endDevice(r *proapi.Request) (any, error) {
	err := a.Sessions().Revoke(r.Context(), r.Session.UserID(), r.PathValue("handle"))
	switch {
	case errors.Is(err, session.ErrNotFound):
		return a.done(r, http.StatusNotFound, "That device was logged out already.")
	case err != nil:
		return nil, err
	}
	return a.done(r, http.StatusOK, "The device is logged out.")
}

func (a *application) endOthers(r *proapi.Request) (any, error) {
	n, err := a.Sessions().RevokeOthers(r.Context(), r.Session.UserID())
	if err != nil {
		return nil, err
	}
	return a.done(r, http.StatusOK, devicesOut(n))
}

// logoutEverywhere ends all of the user's sessions, this one too.
func (a *application) logoutEverywhere(r *proapi.Request) (any, error) {
	if _, err := a.Sessions().RevokeUser(r.Context(), r.Session.UserID()); err != nil {
		return nil, err
	}
	return a.logout(r)
}

// changePassword ends all sessions but this one, since somebody else may be in them because he knew the old password (OWASP
// ASVS 5.0, 7.4.3). This one gets a new ID.
func (a *application) changePassword(r *proapi.Request) (any, error) {
	var in struct{ Password, New string }
	if err := r.Bind(&in); err != nil {
		return nil, err
	}
	name := r.Session.UserID()
	if _, ok := a.users.authenticate(name, in.Password); !ok {
		return a.done(r, http.StatusForbidden, "That is not your password.")
	}
	if n := len([]rune(in.New)); n < 8 {
		return a.done(r, http.StatusUnprocessableEntity, "A password has 8 characters or more.")
	}
	a.users.setPassword(name, in.New)
	n, err := a.Sessions().RevokeOthers(r.Context(), name)
	if err != nil {
		return nil, err
	}
	r.Session.Login(name)
	return a.done(r, http.StatusOK, "Your password is changed. "+devicesOut(n))
}

func devicesOut(n int) string {
	switch n {
	case 0:
		return "There was no other device to log out."
	case 1:
		return "1 other device is logged out."
	}
	return fmt.Sprintf("%d other devices are logged out.", n)
}

// done tells what came of a request: programs at once, and browsers on the account page, which can be loaded again without
// doing it again.
func (a *application) done(r *proapi.Request, status int, text string) (any, error) {
	good := status == http.StatusOK
	switch {
	case wantsPage(r):
		r.Session.AddFlash(notice{Text: text, Good: good})
		return proapi.Redirect("/account", http.StatusSeeOther), nil
	case !good:
		return nil, proapi.Error(status, text)
	}
	return proapi.Map{"message": text}, nil
}
