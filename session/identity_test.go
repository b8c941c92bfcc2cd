package session_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// The login and logout of the guide, word for word.
func guideLogin(s *session.Session) {
	s.Update(map[string]any{"user_id": 1, "username": "admin", "is_authenticated": true})
}

func guideLogout(s *session.Session) { s.Clear() }

func TestGuidesLoginAndLogoutAreSafeAsTheyAre(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		v := &visitor{m: newManager(t, store)}
		v.use(func(*session.Session) {})
		planted := v.with() // an attacker knows the first visit's token
		v.use(func(s *session.Session) { s.Set("cart", 3) })
		a := v.use(guideLogin)
		if a.set == nil || v.token == planted.token {
			t.Fatal("the login did not renew the ID")
		}
		wantSeen(t, planted, "")
		wantSeen(t, v, "cart=3 is_authenticated=true user_id=1 username=admin")

		loggedIn := v.with()
		a = v.use(guideLogout)
		if a.set == nil || a.set.MaxAge <= 0 || v.token == loggedIn.token {
			t.Fatal("the logout did not give the visitor a new, empty session")
		}
		wantSeen(t, loggedIn, "")
		wantSeen(t, v, "")
		v.use(guideLogin)
		wantSeen(t, v, "is_authenticated=true user_id=1 username=admin")
		wantSeen(t, loggedIn, "")
	})
}

func TestEveryChangedRightRenews(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(guideLogin)
	for _, c := range []struct {
		name   string
		use    func(*session.Session)
		renews bool
	}{
		{"a role", func(s *session.Session) { s.Set("role", "admin") }, true},
		{"the same role", func(s *session.Session) { s.Set("role", "admin") }, false},
		{"a role there and back", func(s *session.Session) { s.Set("role", "x"); s.Set("role", "admin") }, false},
		{"by Modify", func(s *session.Session) { _ = session.Modify(s, "role", func(string) string { return "clerk" }) }, true},
		{"taken away", func(s *session.Session) { s.Delete("role") }, true},
		{"something else", func(s *session.Session) { s.Set("theme", "dark") }, false},
		{"Renew", (*session.Session).Renew, true},
		{"Login", func(s *session.Session) { s.Login("1") }, true},
	} {
		if a := v.use(c.use); (a.set != nil) != c.renews {
			t.Errorf("%s: renewed is %t, want %t", c.name, a.set != nil, c.renews)
		}
	}
	wantSeen(t, v, "is_authenticated=true theme=dark user_id=1 username=admin user:1")
}

func TestRenewOnIsTheApplicationsChoice(t *testing.T) {
	for _, c := range []struct {
		on     []string
		renews bool
	}{{[]string{}, false}, {[]string{"tenant"}, false}, {[]string{"tenant", "user_id"}, true}} {
		v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.RenewOn = c.on })}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		if a := v.use(func(s *session.Session) { s.Set("user_id", 1) }); (a.set != nil) != c.renews {
			t.Errorf("RenewOn %v: renewed is %t, want %t", c.on, a.set != nil, c.renews)
		}
	}
}

func TestLoginIsSeenAtOnceAndKept(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) {
		before := s.ID()
		s.Login("7")
		if s.UserID() != "7" || s.ID() == before || s.Len() != 0 {
			t.Errorf("user %q, same ID %t, %d values", s.UserID(), s.ID() == before, s.Len())
		}
	})
	v.use(func(s *session.Session) {
		if s.IsNew() || s.UserID() != "7" {
			t.Errorf("new %t, user %q", s.IsNew(), s.UserID())
		}
	})
	wantStatus(t, v.use(func(s *session.Session) { s.Login("") }), http.StatusInternalServerError)
	wantSeen(t, v, "user:7")
}

func TestIDInTheHandlerIsTheOneOfTheNextRequest(t *testing.T) {
	for name, use := range map[string]func(*session.Session){
		"first visit": func(*session.Session) {},
		"value":       func(s *session.Session) { s.Set("n", 1) },
		"login":       func(s *session.Session) { s.Login("7") },
		"renew":       func(s *session.Session) { s.Renew() },
		"clear":       func(s *session.Session) { s.Set("n", 1); s.Clear(); s.Set("n", 2) },
	} {
		v := &visitor{m: newManager(t, newMemory(t))}
		for round := range 2 {
			var id session.ID
			v.use(func(s *session.Session) { use(s); id = s.ID() })
			v.with().use(func(s *session.Session) {
				if s.ID() != id {
					t.Errorf("%s, round %d: the next request has another ID", name, round)
				}
			})
		}
	}
}

func TestConcurrentLoginLosesNoConcurrentChange(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("first", true) })
		kept := 0
		a := v.use(func(s *session.Session) {
			s.Get("first")
			atOnce(20, func(i int) { // these are answered before the login commits
				if v.with().use(func(s *session.Session) { s.Set(fmt.Sprint(i), i) }).Code != http.StatusOK {
					t.Error("a change was refused")
				}
			})
			s.Login("7")
		})
		wantStatus(t, a, http.StatusOK)
		v.use(func(s *session.Session) { kept = s.Len() })
		if kept != 21 {
			t.Errorf("%d values came along, want 21", kept)
		}
	})
}

func TestLogoutExpiresTheCookieAsItWasSet(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.CookiePath = "/app"; o.Secure = session.On })}
	set := v.use(func(s *session.Session) { s.Login("7") }).set
	gone := v.use((*session.Session).Logout).set
	if gone == nil || gone.MaxAge >= 0 || gone.Value != "" {
		t.Fatalf("the logout set the cookie %v", gone)
	}
	if gone.Path != set.Path || gone.Secure != set.Secure || gone.HttpOnly != set.HttpOnly || gone.SameSite != set.SameSite {
		t.Error("the expired cookie has other attributes than the one that was set, and browsers keep it")
	}
}

func TestWhatIsSetAfterLogoutBeginsANewSession(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Login("7"); s.Set("cart", 3) })
	old := v.with()
	v.use(func(s *session.Session) {
		s.Logout()
		s.AddFlash("Bye.")
		if s.UserID() != "" || s.Has("cart") || !s.IsNew() {
			t.Error("the session holds something of what it was")
		}
	})
	v.use(func(s *session.Session) {
		if got := fmt.Sprint(s.Flashes()); got != "[Bye.]" {
			t.Errorf("flashes %s, want the one", got)
		}
	})
	wantSeen(t, v, "")
	wantSeen(t, old, "")
}

func TestFlashesComeOnceInTheirOrder(t *testing.T) {
	later(t, func(t *testing.T) { // in which all of them are added at the same time
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(s *session.Session) {
			for i := range 9 {
				s.AddFlash(i)
			}
			s.AddFlash(map[string]any{"level": "info"})
		})
		v.use(func(s *session.Session) {
			if s.Len() != 0 {
				t.Error("flashes are counted as values")
			}
			if got := fmt.Sprint(s.Flashes()); got != "[0 1 2 3 4 5 6 7 8 map[level:info]]" {
				t.Errorf("flashes %s", got)
			}
		})
		v.use(func(s *session.Session) {
			if got := s.Flashes(); len(got) != 0 {
				t.Errorf("flashes came twice: %v", got)
			}
		})
	})
}

func TestFlashAddedMeanwhileIsNotTaken(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.AddFlash("one") })
	v.with().use(func(s *session.Session) {
		s.Flashes()
		v.with().use(func(s *session.Session) { s.AddFlash("two") })
	})
	v.use(func(s *session.Session) {
		if got := fmt.Sprint(s.Flashes()); got != "[two]" {
			t.Errorf("flashes %s, want the one that nobody has seen", got)
		}
	})
}
