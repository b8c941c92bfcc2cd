package session_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// audited returns a manager whose events the test can take, and a log.
func audited(t *testing.T, store session.Store, change ...func(*session.Options)) (*session.Manager, func() []session.Event, *log) {
	t.Helper()
	var events []session.Event
	lines, logger := newLog()
	m := newManager(t, store, append(change, func(o *session.Options) {
		o.Logger = logger
		o.OnEvent = func(_ context.Context, e session.Event) { events = append(events, e) }
	})...)
	return m, func() []session.Event { e := events; events = nil; return e }, lines
}

func TestLifeOfASessionIsAudited(t *testing.T) {
	later(t, func(t *testing.T) {
		m, taken, lines := audited(t, newMemory(t), func(o *session.Options) { o.MaxSessionsPerUser = 1 })
		v := &visitor{m: m}
		want := func(names ...string) []session.Event {
			t.Helper()
			got := taken()
			var found []string
			for _, e := range got {
				found = append(found, e.Name)
			}
			if !slices.Equal(found, names) {
				t.Errorf("the events are %q, want %q", found, names)
			}
			return got
		}
		v.use(func(*session.Session) {})
		want()
		v.use(func(s *session.Session) { s.Set("cart", "secret-value") })
		created := want(session.EventCreated)[0]
		v.use(func(s *session.Session) { s.Get("cart") })
		want()
		v.use((*session.Session).Renew)
		want(session.EventRenewed)
		v.use(func(s *session.Session) { s.Login("ann") })
		in := want(session.EventRenewed, session.EventLogin)
		if in[1].User != "ann" || in[1].Session != v.devices(t, "ann")[0].Handle || in[1].Session == created.Session {
			t.Errorf("a login says %+v", in[1])
		}
		first := v.with()
		pass(time.Second)
		v.token = ""
		v.use(func(s *session.Session) { s.Login("ann") })
		ended := want(session.EventRenewed, session.EventRevoked, session.EventLogin)
		if ended[1].Session != in[1].Session || ended[1].Reason != "excess" {
			t.Errorf("the one too many says %+v", ended[1])
		}
		first.use(func(*session.Session) {})
		v.use((*session.Session).Logout)
		if out := want(session.EventLogout)[0]; out.User != "ann" || out.Session != ended[2].Session {
			t.Errorf("a logout says %+v", out)
		}
		(&visitor{m: m, token: "x"}).use(func(*session.Session) {})
		if e := want(session.EventRejected)[0]; e.Reason != "malformed" || e.Session != "" {
			t.Errorf("a rejected token says %+v", e)
		}
		old := login(m, "zoë")
		taken()
		pass(session.DefaultMaxAge + 2*time.Second)
		old.sees()
		want(session.EventExpired)
		if err := m.RevokeAll(t.Context()); err != nil {
			t.Error(err)
		}
		want(session.EventRevoked)
		logged := lines.take()
		for _, secret := range []string{"ann", "zoë", "secret-value", first.token} {
			if strings.Contains(logged, secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
		for _, name := range []string{session.EventCreated, session.EventRenewed, session.EventLogin, session.EventLogout, session.EventExpired} {
			if !strings.Contains(logged, name) {
				t.Errorf("the log does not speak of %s", name)
			}
		}
	})
}

func TestRecordThatDoesNotOpenIsAudited(t *testing.T) {
	store := newThief(t)
	m, taken, _ := audited(t, store)
	v := login(m, "ann")
	key, rec := store.newest()
	rec.User = "root"
	store.forged[key] = rec
	taken()
	v.sees()
	got := taken()
	if len(got) != 1 || got[0].Name != session.EventBroken || got[0].Session != session.Handle(key) || got[0].User != "" {
		t.Errorf("the events are %+v", got)
	}
}

func TestSensitivePagesWantARecentLogin(t *testing.T) {
	later(t, func(t *testing.T) {
		m := newManager(t, newMemory(t), func(o *session.Options) { o.MaxAge = 24 * time.Hour })
		page := session.RequireRecentLogin(10*time.Minute, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		visits := func(v *visitor) int {
			return v.with().visit(func(w http.ResponseWriter, r *http.Request, _ *session.Session) { page.ServeHTTP(w, r) }).Code
		}
		v := &visitor{m: m}
		v.use(guideLogin)
		if got := visits(v); got != http.StatusUnauthorized {
			t.Errorf("nobody's session gets %d", got)
		}
		v.use(func(s *session.Session) {
			if !s.AuthenticatedAt().IsZero() {
				t.Error("it is authenticated before Login")
			}
			s.Login("ann")
		})
		begun := time.Now()
		for range 3 {
			pass(3 * time.Minute)
			v.use(func(s *session.Session) {
				if got := s.AuthenticatedAt(); !got.Equal(begun.UTC()) {
					t.Errorf("the login was at %s, want %s", got, begun)
				}
				s.Renew()
			})
			if got := visits(v); got != http.StatusOK {
				t.Errorf("after %s: %d", time.Since(begun), got)
			}
		}
		pass(time.Minute)
		if got := visits(v); got != http.StatusUnauthorized {
			t.Errorf("after ten minutes: %d", got)
		}
		v.use(func(s *session.Session) { s.Login("ann") })
		if got := visits(v); got != http.StatusOK {
			t.Errorf("after another login: %d", got)
		}
	})
}

func TestAssuranceLevelsAreNISTs(t *testing.T) {
	for level, c := range map[int]struct{ lasts, idle time.Duration }{
		1: {30 * 24 * time.Hour, 0}, 2: {24 * time.Hour, time.Hour}, 3: {12 * time.Hour, 15 * time.Minute},
	} {
		later(t, func(t *testing.T) {
			v := login(newManager(t, newMemory(t), func(o *session.Options) { o.Assurance = level }), "ann")
			step := c.lasts / 100
			if c.idle > 0 {
				step = c.idle / 2
			}
			begun := time.Now()
			for time.Since(begun)+step < c.lasts {
				pass(step)
				wantUsers(t, "ann", v)
			}
			pass(step + time.Second)
			wantUsers(t, "", v)
			if c.idle > 0 {
				v = login(v.m, "ann")
				pass(c.idle)
				wantUsers(t, "", v)
			}
		})
		for name, change := range map[string]func(o *session.Options){
			"MaxAge":      func(o *session.Options) { o.MaxAge = c.lasts + time.Second },
			"IdleTimeout": func(o *session.Options) { o.IdleTimeout = c.idle + time.Second },
			"Rolling":     func(o *session.Options) { o.Rolling = true },
		} {
			o := session.Options{SecretKey: secret, Assurance: level}
			change(&o)
			_, err := session.New(o)
			if fits := name == "IdleTimeout" && c.idle == 0; (err == nil) != fits {
				t.Errorf("level %d with another %s: %v", level, name, err)
			}
		}
	}
}
