package session_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/migration"
)

func TestAnApplicationMovesByItsOptions(t *testing.T) {
	to := &movetest.Memory{}
	scheme := fmt.Sprintf("backend%d", backends.Add(1))
	session.Register(scheme, func(session.BackendOptions, *slog.Logger) (session.Store, error) { return to, nil })
	from, target := "file:"+t.TempDir()+"/sessions", scheme+"://host"

	v := &visitor{}
	for step, options := range []session.Options{
		{Backend: "file", BackendOptions: session.BackendOptions{"directory": strings.TrimPrefix(from, "file:")}},
		{Backend: "migrating", BackendOptions: session.BackendOptions{"phase": "prepare", "from": from, "to": target}},
		{Backend: "migrating", BackendOptions: session.BackendOptions{"phase": "switch", "from": from, "to": target}},
		{Store: to},
	} {
		options.SecretKey = secret
		m, err := session.New(options)
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		v.m = m
		v.use(func(s *session.Session) {
			if step == 0 {
				s.Login("7")
			}
			if got := s.UserID(); got != "7" {
				t.Errorf("step %d: the visitor is %q", step, got)
			}
			increment(s, "n")
		})
		v.use(func(s *session.Session) {
			if got := s.Get("n"); got != step+1 {
				t.Errorf("step %d: n is %v", step, got)
			}
		})
		if err := m.Close(); err != nil {
			t.Errorf("step %d: Close returns %v", step, err)
		}
	}
}

func TestWrongOptionsOfAMoveAreErrors(t *testing.T) {
	for want, o := range map[string]session.BackendOptions{
		`"phase" is missing`:              {"from": "memory:", "to": "file:x"},
		`"phase" is "both"`:               {"phase": "both", "from": "memory:", "to": "file:x"},
		`"from" and "to" take the URLs`:   {"phase": "switch", "from": "memory:"},
		`are the same`:                    {"phase": "switch", "from": "file:x", "to": "file:x"},
		`"form" is unknown`:               {"phase": "switch", "form": "file:x"},
		`backend option "from": session:`: {"phase": "switch", "from": "nobodys:", "to": "memory:"},
		`backend option "to": session:`:   {"phase": "switch", "from": "memory:", "to": "nobodys:"},
	} {
		options := valid()
		options.Backend, options.BackendOptions = "migrating", o
		if got := strings.Join(problems(t, options), "\n"); !strings.Contains(got, want) {
			t.Errorf("the error is %q, want one that says: %s", got, want)
		}
	}
	if _, err := session.Migrating(nil, newMemory(t), migration.Switch); err == nil || !strings.HasPrefix(err.Error(), "session: migration: ") {
		t.Errorf("Migrating returns %v", err)
	}
}

func TestNobodyRegistersAsTheBackendThatMoves(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it is no panic")
		}
	}()
	session.Register("migrating", func(session.BackendOptions, *slog.Logger) (session.Store, error) { return nil, nil })
}
