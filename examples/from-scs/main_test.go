package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// before is the application as it was, with scs.
func before(old *scs.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		_ = old.RenewToken(r.Context())
		old.Put(r.Context(), "user", "ada")
		old.Put(r.Context(), "cart", 3)
	})
	mux.HandleFunc("GET /profile", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(old.GetString(r.Context(), "user")))
	})
	return old.LoadAndSave(mux)
}

func send(v *sessiontest.Visitor, h http.Handler, method, path string) *httptest.ResponseRecorder {
	return v.Do(h, httptest.NewRequest(method, path, http.NoBody))
}

func TestNobodyIsLoggedOut(t *testing.T) {
	for name, rename := range map[string]string{"by our name": "session", "by another name": "scs"} {
		t.Run(name, func(t *testing.T) {
			old := scs.New()
			old.Store = memstore.NewWithCleanupInterval(0)
			old.Cookie.Name = rename
			sessions, err := session.New(session.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = sessions.Close() }()
			after, err := newHandler(sessions, old, time.Now().Add(old.Lifetime))
			if err != nil {
				t.Fatal(err)
			}

			ada, stranger := sessiontest.New(t, sessions), sessiontest.New(t, sessions)
			send(ada, before(old), http.MethodPost, "/login")
			thief := ada.Copy()

			for range 3 { // the change
				if rec := send(ada, after, http.MethodGet, "/profile"); rec.Body.String() != "ada has 3 in the cart\n" {
					t.Errorf("ada's profile is %d %q", rec.Code, rec.Body)
				}
			}
			if rec := send(stranger, after, http.MethodGet, "/profile"); rec.Code != http.StatusUnauthorized {
				t.Errorf("a stranger's profile is %d %q", rec.Code, rec.Body)
			}
			if c := ada.Cookie("scs"); c != nil {
				t.Error("ada still has the old cookie")
			}

			send(ada, after, http.MethodPost, "/logout")
			for who, v := range map[string]*sessiontest.Visitor{"ada": ada, "the thief": thief.Copy()} {
				if rec := send(v, after, http.MethodGet, "/profile"); rec.Code != http.StatusUnauthorized {
					t.Errorf("after the logout the profile of %s is %d %q", who, rec.Code, rec.Body)
				}
			}
			if rec := send(thief, before(old), http.MethodGet, "/profile"); strings.Contains(rec.Body.String(), "ada") {
				t.Error("the old cookie is still good in the old application")
			}
		})
	}
}
