package session_test

import (
	"errors"
	"testing"

	"github.com/proapi-go/proapi/session"
)

func TestAdministratorSeesWhatASessionHolds(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store, func(*session.Options) {})
		ann := login(m, "ann")
		ann.use(func(s *session.Session) { s.Update(map[string]any{"n": 1, "theme": "dark"}) })
		handle := ann.devices(t, "ann")[0].Handle

		for _, user := range []string{"ann", ""} {
			d, err := m.Inspect(t.Context(), user, handle)
			if err != nil {
				t.Fatal(err)
			}
			if d.User != "ann" || d.Handle != handle || d.Version < 2 || d.Bytes == 0 || len(d.Held) != 2 {
				t.Fatalf("as %q: %+v", user, d)
			}
			if n, theme := d.Held[0], d.Held[1]; n.Key != "n" || n.Value != 1 || theme.Key != "theme" || theme.Value != "dark" || theme.Bytes != 5 || theme.Err != nil {
				t.Errorf("as %q: %+v", user, d.Held)
			}
		}
		for _, user := range []string{"eve", "ann"} {
			if _, err := m.Inspect(t.Context(), user, "0123456789abcdef"); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("as %s: %v, want ErrNotFound", user, err)
			}
		}
		if _, err := m.Inspect(t.Context(), "eve", handle); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("among eve's: %v, want ErrNotFound", err)
		}
	})
}

func TestAdministratorEndsASessionThatIsNobodys(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store, func(*session.Options) {})
		v := &visitor{m: m}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		var handle string
		for d, err := range m.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			handle = d.Handle
		}
		if err := m.Revoke(t.Context(), "", handle); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("a user without a name ended a session that is not his: %v", err)
		}
		v.with().use(func(s *session.Session) {
			if !s.Has("n") {
				t.Error("the session has ended")
			}
		})
		if err := m.RevokeSession(t.Context(), "", handle); err != nil {
			t.Fatal(err)
		}
		v.with().use(func(s *session.Session) {
			if s.Has("n") {
				t.Error("the session goes on")
			}
		})
		if err := m.RevokeSession(t.Context(), "", handle); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("a second time: %v, want ErrNotFound", err)
		}
	})
}
