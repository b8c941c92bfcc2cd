package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/sessions"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

var oldKey = []byte("a key of the other library's, 32")

// withGorilla is the login as it was, with gorilla/sessions.
func withGorilla(old sessions.Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := old.Get(r, "shop")
		s.Values["user"], s.Values["cart"] = "ada", 3
		if err := s.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

// withGin is the login as it was, with gin-contrib/sessions.
func withGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(ginsessions.Sessions("shop", cookie.NewStore(oldKey)))
	engine.POST("/login", func(c *gin.Context) {
		s := ginsessions.Default(c)
		s.Set("user", "ada")
		s.Set("cart", 3)
		if err := s.Save(); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
		}
	})
	return engine
}

func send(v *sessiontest.Visitor, h http.Handler, method, path string) *httptest.ResponseRecorder {
	return v.Do(h, httptest.NewRequest(method, path, http.NoBody))
}

func TestNobodyIsLoggedOut(t *testing.T) {
	inCookie, inFiles := sessions.NewCookieStore(oldKey), sessions.NewFilesystemStore(t.TempDir(), oldKey)
	for name, test := range map[string]struct {
		before http.Handler
		old    sessions.Store
	}{
		"gorilla, in the cookie": {withGorilla(inCookie), inCookie},
		"gorilla, in files":      {withGorilla(inFiles), inFiles},
		"gin-contrib":            {withGin(), inCookie},
	} {
		t.Run(name, func(t *testing.T) {
			manager, err := session.New(session.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = manager.Close() }()
			after, err := newHandler(manager, test.old, "shop", time.Now().AddDate(0, 0, 30))
			if err != nil {
				t.Fatal(err)
			}

			ada, forger := sessiontest.New(t, manager), sessiontest.New(t, manager)
			send(ada, test.before, http.MethodPost, "/login")
			send(forger, withGorilla(sessions.NewCookieStore([]byte("another key, of the forger's, 32"))), http.MethodPost, "/login")
			thief := ada.Copy()

			for range 3 { // the change
				if rec := send(ada, after, http.MethodGet, "/profile"); rec.Body.String() != "ada has 3 in the cart\n" {
					t.Errorf("ada's profile is %d %q", rec.Code, rec.Body)
				}
			}
			if rec := send(forger, after, http.MethodGet, "/profile"); rec.Code != http.StatusUnauthorized {
				t.Errorf("a forger's profile is %d %q", rec.Code, rec.Body)
			}
			if ada.Cookie("shop") != nil {
				t.Error("ada still has the old cookie")
			}

			send(ada, after, http.MethodPost, "/logout")
			for who, v := range map[string]*sessiontest.Visitor{"ada": ada, "the thief": thief} {
				if rec := send(v, after, http.MethodGet, "/profile"); rec.Code != http.StatusUnauthorized {
					t.Errorf("after the logout the profile of %s is %d %q", who, rec.Code, rec.Body)
				}
			}
		})
	}
}
