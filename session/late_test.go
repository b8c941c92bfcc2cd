package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// aheadStore gives back records as a machine would have stored them whose clock is ahead.
type aheadStore struct {
	session.Store
	by   time.Duration
	seen bool // the last use alone
}

func (s aheadStore) Load(ctx context.Context, key session.Key) (session.Record, error) {
	rec, err := s.Store.Load(ctx, key)
	rec.Seen, rec.Expires = rec.Seen.Add(s.by), rec.Expires.Add(s.by)
	if !s.seen {
		rec.Created = rec.Created.Add(s.by)
	}
	return rec, err
}

// plainStore is a store that does not remember when a session was deleted.
type plainStore struct{ session.Store }

func (s plainStore) Load(ctx context.Context, key session.Key) (session.Record, error) {
	rec, err := s.Store.Load(ctx, key)
	if err != nil {
		err = session.ErrNotFound
	}
	return rec, err
}

func TestLateRequestsChangeNothingAndSetNoCookie(t *testing.T) {
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(s *session.Session) { s.Set("cart", 3) })
		late := v.with()
		v.use(func(s *session.Session) { s.Login("7") })
		for range 3 {
			pass(9 * time.Second)
			a := late.use(func(s *session.Session) {
				if s.Len() != 0 || s.UserID() != "" {
					t.Error("a late request inherits the new session")
				}
				s.Set("cart", 4)
			})
			wantStatus(t, a, http.StatusOK)
			wantNoCookie(t, a)
		}
		wantSeen(t, v, "cart=3 user:7")
		pass(4 * time.Second) // 31 s: whoever comes with the old token now is a new visitor
		a := late.use(func(s *session.Session) { s.Set("cart", 5) })
		if a.set == nil {
			t.Fatal("after the grace the visitor gets no session")
		}
		wantSeen(t, late, "cart=5")
		wantSeen(t, v, "cart=3 user:7")
	})
}

func TestLoginWithALateTokenIsALogin(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("cart", 3) })
	second := v.with()
	v.use(func(s *session.Session) { s.Login("7") })
	a := second.use(func(s *session.Session) { s.Update(map[string]any{"user_id": 8, "is_authenticated": true}) })
	if a.set == nil {
		t.Fatal("a login was answered and not stored")
	}
	wantSeen(t, second, "is_authenticated=true user_id=8")
	wantSeen(t, v, "cart=3 user:7")
}

func TestTwoLoginsAtOnceAreTwoSessions(t *testing.T) {
	for name, login := range map[string]func(*session.Session){
		"Login":        func(s *session.Session) { s.Login("7") },
		"watched keys": func(s *session.Session) { s.Set("user_id", 7) },
	} {
		t.Run(name, func(t *testing.T) {
			v := &visitor{m: newManager(t, newMemory(t))}
			v.use(func(s *session.Session) { s.Set("cart", 3) })
			first, second := v.with(), v.with()
			second.use(func(s *session.Session) {
				s.Get("cart")
				wantStatus(t, first.use(login), http.StatusOK)
				login(s)
			})
			if first.token == second.token {
				t.Fatal("two logins share a token")
			}
			want := map[string]string{"Login": "user:7", "watched keys": "user_id=7"}[name]
			wantSeen(t, first, "cart=3 "+want)
			wantSeen(t, second, want) // and nothing of a session that had ended
			wantSeen(t, v, "")
		})
	}
}

func TestWatchedKeyDoesNotReviveALoggedOutUser(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Update(map[string]any{"user_id": 7, "username": "old"}) })
	a := v.with().use(func(s *session.Session) {
		s.Get("username")
		v.with().use((*session.Session).Clear)
		s.Set("username", "new")
	})
	wantStatus(t, a, http.StatusConflict)
	wantNoCookie(t, a)
}

func TestNoGraceMakesLateRequestsNewVisitors(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.Grace = -1 })}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	old := v.with()
	v.use((*session.Session).Logout)
	a := old.use(func(s *session.Session) { s.Set("n", 2) })
	if a.set == nil {
		t.Error("the visitor gets no session")
	}
}

func TestStoreThatForgetsDeletionsStillRefusesOldTokens(t *testing.T) {
	v := &visitor{m: newManager(t, plainStore{newMemory(t)})}
	v.use(func(s *session.Session) { s.Login("7"); s.Set("n", 1) })
	old := v.with()
	v.use((*session.Session).Logout)
	before := old.token
	a := old.use(func(s *session.Session) { s.Set("n", 2) })
	if a.set == nil || old.token == before {
		t.Fatal("a value was stored under a dead token")
	}
	wantSeen(t, old, "n=2")
	wantSeen(t, &visitor{m: v.m, token: before}, "")
}

func TestLateLogoutSetsNoCookie(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	late := v.with()
	v.use(func(s *session.Session) { s.Login("7") })
	wantNoCookie(t, late.use((*session.Session).Logout))
	wantSeen(t, v, "n=1 user:7")
}

func TestUserWithoutWatchedKeysIsNotRevivedByOne(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Login("7") })
	a := v.with().use(func(s *session.Session) {
		s.UserID()
		v.with().use((*session.Session).Logout)
		s.Set("username", "new")
	})
	wantStatus(t, a, http.StatusConflict)
	wantNoCookie(t, a)
}

func TestOtherSitesFormGivesNoCookie(t *testing.T) {
	for _, c := range []struct {
		name, method, site, origin string
		sameSite                   http.SameSite
		cookie                     bool
	}{
		{"form of another site", "POST", "cross-site", "https://evil.example", 0, false},
		{"the same, of an old browser", "POST", "", "https://evil.example", 0, false},
		{"the same, without an origin to name", "POST", "", "null", 0, false},
		{"own form", "POST", "same-origin", "http://example.com", 0, true},
		{"own form, of an old browser", "POST", "", "http://example.com", 0, true},
		{"form of a sibling, which does send the cookie", "POST", "same-site", "http://www.example.com", 0, true},
		{"a program", "POST", "", "", 0, true},
		{"link on another site", "GET", "cross-site", "", 0, true},
		{"link on another site, with Strict", "GET", "cross-site", "", http.SameSiteStrictMode, false},
		{"typed address, with Strict", "GET", "none", "", http.SameSiteStrictMode, true},
		{"form of another site, with None", "POST", "cross-site", "https://evil.example", http.SameSiteNoneMode, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.SameSite, o.Secure = c.sameSite, session.On })}
			r := httptest.NewRequestWithContext(t.Context(), c.method, "http://example.com/", http.NoBody)
			for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			a := v.send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Set("n", 1) })
			if (a.set != nil) != c.cookie {
				t.Errorf("the response sets the cookie: %t, want %t", a.set != nil, c.cookie)
			}
			a = v.send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Login("7") })
			if a.set == nil {
				t.Error("a login, such as by a form of an identity provider, got no cookie")
			}
		})
	}
}

func TestRequestWhoseSessionEndedOverwritesNoCookie(t *testing.T) {
	for name, use := range map[string]func(*session.Session){
		"reads":         func(s *session.Session) { s.Get("n") },
		"renews":        func(s *session.Session) { s.Renew() },
		"with old key":  func(s *session.Session) { s.Get("n") },
		"after a while": func(s *session.Session) { s.Get("n") },
	} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				store := newMemory(t)
				v := &visitor{m: newManager(t, store, func(o *session.Options) { o.Rolling = true })}
				v.use(func(s *session.Session) { s.Set("n", 1) })
				if name == "after a while" {
					pass(30 * time.Minute) // the rolling cookie is due
				}
				slow := v.with()
				if name == "with old key" {
					slow.m = newManager(t, store, func(o *session.Options) {
						o.SecretKey, o.OldSecretKeys = "another secret of thirty-two bytes", []string{secret}
					})
				}
				a := slow.use(func(s *session.Session) {
					s.Has("n")
					v.with().use(func(s *session.Session) { s.Login("7") })
					use(s)
				})
				wantStatus(t, a, http.StatusOK)
				wantNoCookie(t, a)
			})
		})
	}
}
