package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

// login logs a new visitor in.
func login(m *session.Manager, user string) *visitor {
	return loginFrom(m, user, firefox, "192.0.2.1:1234")
}

func loginFrom(m *session.Manager, user, agent, address string) *visitor {
	v := &visitor{m: m}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", http.NoBody)
	r.Header.Set("User-Agent", agent)
	r.RemoteAddr = address
	a := v.send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Login(user) })
	if a.set != nil {
		v.token = a.set.Value
	}
	return v
}

// devices returns the user's, as the visitor's request sees them.
func (v *visitor) devices(t *testing.T, user string) (found []session.Device) {
	t.Helper()
	v.with().visit(func(_ http.ResponseWriter, r *http.Request, _ *session.Session) {
		var err error
		if found, err = v.m.Devices(r.Context(), user); err != nil {
			t.Error(err)
		}
	})
	return found
}

func wantUsers(t *testing.T, want string, visitors ...*visitor) {
	t.Helper()
	var got []string
	for _, v := range visitors {
		v.with().use(func(s *session.Session) { got = append(got, s.UserID()) })
	}
	if text := strings.Join(got, ","); text != want {
		t.Errorf("the visitors are %q, want %q", text, want)
	}
}

func TestUserSeesHisDevices(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store, func(o *session.Options) { o.IdleTimeout = 10 * time.Minute })
		begun := time.Now().Add(-time.Millisecond)
		laptop := login(m, "ann")
		phone := loginFrom(m, "ann", iphone, "[2001:db8::1]:443")
		login(m, "eve")
		(&visitor{m: m}).use(func(s *session.Session) { s.Set("n", 1) })

		for _, v := range []*visitor{laptop, phone} {
			var got []string
			for _, d := range v.devices(t, "ann") {
				got = append(got, d.Client+" "+d.Address)
				if d.Current != (d.Client == "Firefox on Linux") && v == laptop || d.User != "ann" || len(d.Handle) != 16 {
					t.Errorf("%s: current is %t, the user %q, the handle has %d letters", d.Client, d.Current, d.User, len(d.Handle))
				}
				for name, at := range map[string]time.Time{"created": d.CreatedAt, "authenticated": d.AuthenticatedAt, "seen": d.SeenAt} {
					if at.Before(begun) || at.After(time.Now()) {
						t.Errorf("%s: %s at %s", d.Client, name, at)
					}
				}
				if left := time.Until(d.ExpiresAt); left < 9*time.Minute || left > 10*time.Minute {
					t.Errorf("%s: it expires in %s", d.Client, left)
				}
			}
			slices.Sort(got)
			if want := []string{"Firefox on Linux 192.0.2.1", "Safari on iPhone 2001:db8::1"}; !slices.Equal(got, want) {
				t.Errorf("the devices are %q, want %q", got, want)
			}
		}
		if got := laptop.devices(t, "nobody"); len(got) != 0 {
			t.Errorf("a stranger has %d devices", len(got))
		}
	})
}

func TestDevicesCanBeEndedOneByOneAllOthersOrAll(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store)
		a, b, c, eve := login(m, "ann"), login(m, "ann"), login(m, "ann"), login(m, "eve")
		of := func(v *visitor) string {
			user := ""
			v.with().use(func(s *session.Session) { user = s.UserID() })
			for _, d := range v.devices(t, user) {
				if d.Current {
					return d.Handle
				}
			}
			t.Fatal("no device is the current one")
			return ""
		}
		if err := m.Revoke(t.Context(), "ann", of(eve)); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("another user's session: %v, want ErrNotFound", err)
		}
		wantUsers(t, "ann,ann,ann,eve", a, b, c, eve)
		handle := of(b)
		if err := m.Revoke(t.Context(), "ann", handle); err != nil {
			t.Error(err)
		}
		wantUsers(t, "ann,,ann,eve", a, b, c, eve)
		if err := m.Revoke(t.Context(), "ann", handle); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("again: %v, want ErrNotFound", err)
		}
		a.with().visit(func(_ http.ResponseWriter, r *http.Request, _ *session.Session) {
			if n, err := m.RevokeOthers(r.Context(), "ann"); n != 1 || err != nil {
				t.Errorf("%d others were ended, %v, want 1", n, err)
			}
		})
		wantUsers(t, "ann,,,eve", a, b, c, eve)
		if n, err := m.RevokeUser(t.Context(), "ann"); n != 1 || err != nil {
			t.Errorf("%d were ended, %v, want 1", n, err)
		}
		wantUsers(t, ",,,eve", a, b, c, eve)
		wantUsers(t, "ann", login(m, "ann"))
	})
}

func TestEverybodysSessionsEndAtOnceAndElsewhereWithinASecond(t *testing.T) {
	later(t, func(t *testing.T) {
		store := storetest.NewFaulty(newMemory(t)).Whole()
		here, there := newManager(t, store), newManager(t, store)
		ann, stranger := login(here, "ann"), &visitor{m: here}
		stranger.use(func(s *session.Session) { s.Set("cart", 1) })
		remote := &visitor{m: there, token: ann.token}
		wantUsers(t, "ann,ann", ann, remote)
		pass(time.Millisecond)
		if err := here.RevokeAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantUsers(t, "", ann)
		wantSeen(t, stranger, "")
		pass(time.Second)
		wantUsers(t, "", remote)
		if got := ann.devices(t, "ann"); len(got) != 0 {
			t.Errorf("%d of her devices are listed", len(got))
		}
		pass(time.Second)
		again := login(here, "ann")
		wantUsers(t, "ann,ann", again, &visitor{m: there, token: again.token})
		if got := again.devices(t, "ann"); len(got) != 1 {
			t.Errorf("%d devices are listed after a new login, want 1", len(got))
		}
		pass(session.DefaultGrace) // until then his requests are late ones
		stranger.use(func(s *session.Session) { s.Set("cart", 2) })
		wantSeen(t, stranger, "cart=2")
		pass(time.Minute)
		wantUsers(t, "", ann)
		n := 0
		for _, err := range here.All(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			n++
		}
		if n != 2 {
			t.Errorf("%d sessions are listed, want 2", n)
		}
	})
}

// A login whose request began before its user's sessions were revoked was not in the list that was revoked.
func TestLoginThatIsUnderWayDoesNotSurviveARevocation(t *testing.T) {
	for name, revoke := range map[string]func(m *session.Manager) error{
		"of the user": func(m *session.Manager) error { _, err := m.RevokeUser(context.Background(), "ann"); return err },
		"of all":      func(m *session.Manager) error { return m.RevokeAll(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				m := newManager(t, newMemory(t))
				v := &visitor{m: m}
				v.use(func(s *session.Session) { s.Set("n", 1) })
				pass(time.Millisecond)
				v.use(func(s *session.Session) {
					s.Login("ann")
					pass(time.Millisecond)
					if err := revoke(m); err != nil {
						t.Error(err)
					}
				})
				wantUsers(t, "", v)
				if got := v.devices(t, "ann"); len(got) != 0 {
					t.Errorf("%d sessions are left", len(got))
				}
				pass(time.Minute)
				wantUsers(t, "ann", login(m, "ann"))
			})
		})
	}
}

func TestRevokedSessionIsNotRevivedByASlowRequest(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store)
		ann := login(m, "ann")
		a := ann.with().visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Set("n", 1)
			if _, err := m.RevokeUser(t.Context(), "ann"); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusOK)
		})
		wantStatus(t, a, http.StatusConflict)
		wantUsers(t, "", ann)
	})
}

func TestStoreThatListsNothingSaysSo(t *testing.T) {
	m := newManager(t, storetest.NewFaulty(newMemory(t)))
	ann := login(m, "ann")
	if _, err := m.Devices(t.Context(), "ann"); !errors.Is(err, session.ErrNotListed) {
		t.Errorf("Devices: %v", err)
	}
	if err := m.Revoke(t.Context(), "ann", "x"); !errors.Is(err, session.ErrNotListed) {
		t.Errorf("Revoke: %v", err)
	}
	if err := m.RevokeAll(t.Context()); err != nil {
		t.Errorf("RevokeAll: %v", err)
	}
	wantUsers(t, "", ann)
	_, err := session.New(session.Options{SecretKey: secret, Store: storetest.NewFaulty(newMemory(t)), MaxSessionsPerUser: 1})
	if !errors.Is(err, session.ErrNotListed) {
		t.Errorf("MaxSessionsPerUser: %v", err)
	}
}

func TestStoreThatIsDownIsAnErrorOfDevices(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	m := newManager(t, store.Whole())
	ann := login(m, "ann")
	for _, op := range []storetest.Op{storetest.List, storetest.Delete} {
		store.Fail(op, errors.New("down"))
		if _, err := m.RevokeUser(t.Context(), "ann"); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("%v: %v, want ErrUnavailable", op, err)
		}
		store.Heal()
	}
	wantUsers(t, "ann", ann)
}

func TestWhatIsRecordedOfALoginIsAnOption(t *testing.T) {
	m := newManager(t, newMemory(t), func(o *session.Options) {
		o.RecordClient = session.Off
		o.ClientAddress = func(r *http.Request) string { return strings.Repeat("1", 100) + r.Host + "\xff" }
	})
	d := login(m, "ann").devices(t, "ann")[0]
	if d.Client != "" || d.Address != strings.Repeat("1", 64) {
		t.Errorf("the client is %q, the address %q", d.Client, d.Address)
	}
	m = newManager(t, newMemory(t), func(o *session.Options) { o.RecordAddress = session.Off })
	if d := login(m, "ann").devices(t, "ann")[0]; d.Client != "Firefox on Linux" || d.Address != "" {
		t.Errorf("the client is %q, the address %q", d.Client, d.Address)
	}
}

func TestUserHasNoMoreSessionsThanHeMay(t *testing.T) {
	t.Run("the oldest login ends", func(t *testing.T) {
		later(t, func(t *testing.T) {
			m := newManager(t, newMemory(t), func(o *session.Options) { o.MaxSessionsPerUser = 2 })
			var all []*visitor
			for range 4 {
				all = append(all, login(m, "ann"))
				pass(time.Second)
			}
			eve := login(m, "eve")
			wantUsers(t, ",,ann,ann,eve", append(all, eve)...)
			again := all[2]
			again.use(func(s *session.Session) { s.Login("ann") }) // in place of its own
			wantUsers(t, "ann,ann", again, all[3])
		})
	})
	t.Run("the next login is refused", func(t *testing.T) {
		later(t, func(t *testing.T) {
			m := newManager(t, newMemory(t), func(o *session.Options) { o.MaxSessionsPerUser, o.RefuseLogin = 2, true })
			a, b := login(m, "ann"), login(m, "ann")
			c := &visitor{m: m}
			c.use(func(s *session.Session) { s.Set("cart", 1) })
			before := c.token
			refused := c.use(func(s *session.Session) { s.Login("ann") })
			wantStatus(t, refused, http.StatusConflict)
			wantNoCookie(t, refused)
			wantSeen(t, c, "cart=1")
			if c.token != before {
				t.Error("the refused visitor has another cookie")
			}
			wantUsers(t, "ann,ann", a, b)
			a.use((*session.Session).Logout)
			wantStatus(t, c.use(func(s *session.Session) { s.Login("ann") }), http.StatusOK)
			wantUsers(t, "ann,ann", b, c)
		})
	})
}

// Each sees one session fewer than the limit before it is stored.
func TestLoginsAtTheSameTimeDoNotGetPastTheLimit(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		m := newManager(t, newMemory(t), func(o *session.Options) { o.MaxSessionsPerUser, o.RefuseLogin = 3, refuse })
		done := make(chan bool)
		for range 20 {
			go func() { login(m, "ann"); done <- true }()
		}
		for range 20 {
			<-done
		}
		devices, err := m.Devices(t.Context(), "ann")
		if len(devices) > 3 || err != nil {
			t.Errorf("with refuse %t: %d sessions, %v, want at most 3", refuse, len(devices), err)
		}
	}
}
