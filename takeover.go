package proapi

import (
	"fmt"
	"net/http"

	"github.com/proapi-go/proapi/session"
)

// TakeOver takes over the sessions of another library, so that nobody is logged out by the change to this one; see
// [session.Manager.TakeOver]. It is called before the App serves, and panics afterwards. It is an error where sessions are not
// enabled, and where the Legacy is not whole.
func (a *App) TakeOver(l session.Legacy) error {
	switch {
	case a.chain != nil:
		panic("proapi: TakeOver after the first request: call it before the App serves")
	case a.sessions == nil:
		return fmt.Errorf("proapi: TakeOver: %w", session.ErrDisabled)
	}
	if _, err := a.sessions.TakeOver(l, http.NotFoundHandler()); err != nil {
		return fmt.Errorf("proapi: %w", err)
	}
	a.legacy = &l
	return nil
}

// withSessions puts the sessions around h.
func (a *App) withSessions(h http.Handler) http.Handler {
	if a.legacy == nil {
		return a.sessions.Middleware(h)
	}
	h, err := a.sessions.TakeOver(*a.legacy, h)
	if err != nil {
		panic(err) // App.TakeOver has looked
	}
	return h
}
