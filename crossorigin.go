package proapi

import (
	"fmt"
	"net/http"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/crossorigin"
)

// protect makes the protection from requests of other sites, unless it is off, and returns what is wrong with its options.
//
// It stands outside of the session: a login is protected that no session has seen yet, and a request that is refused loads
// none, stores none and gets no cookie.
func (a *App) protect() []error {
	if a.options.CrossOrigin == session.Off {
		return nil
	}
	protection, err := crossorigin.New(crossorigin.Options{
		TrustedOrigins: a.options.TrustedOrigins,
		Bypass:         a.options.CrossOriginBypass,
		Deny:           answerRefusal,
		Logger:         a.log,
	})
	if err != nil {
		return []error{fmt.Errorf("proapi: TrustedOrigins or CrossOriginBypass: %w", err)}
	}
	a.protection = protection
	return nil
}

func answerRefusal(w http.ResponseWriter, r *http.Request, refused *crossorigin.RefusedError) {
	writeError(w, r, http.StatusForbidden, refused.What+" refused: "+refused.Why+
		"; the option TrustedOrigins lets an origin pass, CrossOriginBypass a route")
}
