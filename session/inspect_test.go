package session_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// only returns the one session of a list.
func only(t *testing.T, list iter.Seq2[session.Device, error]) session.Device {
	t.Helper()
	var found []session.Device
	for d, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, d)
	}
	if len(found) != 1 {
		t.Fatalf("the list has %d sessions, want 1", len(found))
	}
	return found[0]
}

func TestSessionIsInspectedFromOutside(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store)
		ann := login(m, "ann")
		ann.with().use(func(s *session.Session) {
			s.Set("theme", "dark")
			s.Set("cart", []string{"tea", "milk"})
		})
		got, err := m.Inspect(t.Context(), only(t, m.All(t.Context())))
		if err != nil {
			t.Fatal(err)
		}
		if got.User != "ann" || got.Client != "Firefox on Linux" || got.Version < 2 || got.Size < 30 || got.Current {
			t.Errorf("it is %+v", got.Device)
		}
		values := map[string]string{}
		for _, item := range got.Items {
			v, err := item.Value()
			if err != nil || item.Size < 5 || item.Size > got.Size {
				t.Errorf("%s has %d bytes, %v", item.Key, item.Size, err)
			}
			values[item.Key] = fmt.Sprint(v)
		}
		if want := "map[cart:[tea milk] theme:dark]"; fmt.Sprint(values) != want {
			t.Errorf("it holds %v, want %s: no more, either", values, want)
		}
	})
}

func TestSessionOfNobodyIsInspectedAndEnded(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store)
		v := &visitor{m: m}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		d := only(t, m.All(t.Context()))
		if got, err := m.Inspect(t.Context(), d); err != nil || got.User != "" || len(got.Items) != 1 {
			t.Errorf("it is %+v, %v", got, err)
		}
		for range 2 {
			if err := m.RevokeDevice(t.Context(), d); err != nil {
				t.Error(err)
			}
		}
		if _, err := m.Inspect(t.Context(), d); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("after its end: %v, want ErrNotFound", err)
		}
		v.with().use(func(s *session.Session) {
			if s.Has("n") {
				t.Error("the session goes on")
			}
		})
	})
}

func TestDeviceOfNoListIsNotFound(t *testing.T) {
	m := newManager(t, newMemory(t))
	if _, err := m.Inspect(t.Context(), session.Device{Handle: "0123456789abcdef"}); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("inspected: %v, want ErrNotFound", err)
	}
	if err := m.RevokeDevice(t.Context(), session.Device{Handle: "0123456789abcdef"}); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("ended: %v, want ErrNotFound", err)
	}
	if _, err := (session.Item{Key: "n"}).Value(); err == nil {
		t.Error("an item of no session has a value")
	}
}

func TestEverybodysEndIsThatOfAnInspectedSession(t *testing.T) {
	m := newManager(t, newMemory(t))
	login(m, "ann")
	d := only(t, m.All(t.Context()))
	if err := m.RevokeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Inspect(t.Context(), d); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("after everybody's end: %v, want ErrNotFound", err)
	}
}

func TestInspectionPrintsNeitherKeyNorValue(t *testing.T) {
	store := newMemory(t)
	m := newManager(t, store)
	login(m, "ann").with().use(func(s *session.Session) { s.Set("pin", "s3cr3t-pin") })
	got, err := m.Inspect(t.Context(), only(t, m.All(t.Context())))
	if err != nil {
		t.Fatal(err)
	}
	var key session.Key
	for e, err := range store.(session.Lister).List(context.Background()) {
		if key = e.Key; err != nil {
			t.Fatal(err)
		}
	}
	for _, verb := range verbs {
		text := fmt.Sprintf(verb, got)
		wantNone(t, verb, text, key)
		if strings.Contains(text, "s3cr3t") || strings.Contains(text, fmt.Sprintf("%x", "s3cr3t")) {
			t.Errorf("%s prints the value", verb)
		}
	}
}

func TestSessionsOfAUserAreYieldedUntilTheReaderHasEnough(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		m := newManager(t, store, func(*session.Options) {})
		for range 3 {
			login(m, "ann")
		}
		login(m, "eve")
		n := 0
		for d, err := range m.AllOf(t.Context(), "ann") {
			if err != nil || d.User != "ann" {
				t.Errorf("a session of %q, %v", d.User, err)
			}
			n++
		}
		if n != 3 {
			t.Errorf("%d sessions, want 3", n)
		}
		for _, err := range m.AllOf(t.Context(), "ann") {
			if err == nil {
				n--
			}
			break
		}
		if n != 2 {
			t.Error("the list goes on after its reader has stopped")
		}
	})
}
