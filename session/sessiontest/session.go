package sessiontest

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"

	"github.com/proapi-go/proapi/session"
)

// Set sets values in the visitor's session, in a request of its own. A value that cannot be stored ends the test, and so
// does a session that ended less than Options.Grace ago: its late requests store nothing.
//
// A changed value of a key in Options.RenewOn, such as user_id, renews the session's ID, as it does in the application.
func (v *Visitor) Set(values map[string]any) {
	v.tb.Helper()
	v.Use(func(s *session.Session) { s.Update(values) })
	kept := true
	v.look(func(s *session.Session) {
		for key := range values {
			kept = kept && s.Has(key)
		}
	})
	if !kept {
		v.tb.Fatal("sessiontest: nothing was stored: the session of the visitor's cookie was renewed or ended a moment ago")
	}
}

// Login logs the visitor in as a user, with Session.Login, in a request of its own. Handlers that keep the user in values
// of their own need them as well: see Set.
func (v *Visitor) Login(user string) {
	v.tb.Helper()
	v.Use(func(s *session.Session) { s.Login(user) })
}

// Use does anything else with the visitor's session, in a request of its own: add a flash, log out, renew. What use does
// is stored, and the visitor keeps the cookie, before Use returns. Where the request fails, the test ends.
func (v *Visitor) Use(use func(s *session.Session)) {
	v.tb.Helper()
	v.jar.keep(v.look(use).Result().Cookies())
}

// Values returns what the session holds, by key, in the types that Session.Get returns. Flashes are not among it.
//
// Looking keeps no cookie, so the visitor is afterwards who he was before. It is empty for a visitor without a session,
// and for one whose session has ended.
func (v *Visitor) Values() map[string]any {
	v.tb.Helper()
	var values map[string]any
	v.look(func(s *session.Session) { values = maps.Collect(s.All()) })
	return values
}

// UserID returns the user whom the session is bound to by Session.Login, or "". It looks as Values does.
func (v *Visitor) UserID() string {
	v.tb.Helper()
	var user string
	v.look(func(s *session.Session) { user = s.UserID() })
	return user
}

// look has a handler use the session in a request, and keeps no cookie.
func (v *Visitor) look(use func(s *session.Session)) *httptest.ResponseRecorder {
	v.tb.Helper()
	var used *session.Session
	h := v.sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		used = session.From(r.Context())
		use(used)
		w.WriteHeader(http.StatusNoContent)
	}))
	ctx := context.WithoutCancel(v.tb.Context()) // a Cleanup may look, too
	rec := v.send(h, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
	if rec.Code != http.StatusNoContent {
		v.tb.Fatalf("sessiontest: the request failed with status %d: %v", rec.Code, used.Err())
	}
	return rec
}
