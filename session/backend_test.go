package session_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proapi-go/proapi/session"
)

var backends atomic.Int64

func TestBackendsAreRegisteredOnce(t *testing.T) {
	var opened session.BackendOptions
	closed := make(chan bool, 1)
	name := fmt.Sprintf("backend %d", backends.Add(1)) // a name is taken for good
	session.Register(name, func(o session.BackendOptions, log *slog.Logger) (session.Store, error) {
		if log == nil {
			t.Error("the backend gets no logger")
		}
		opened = o
		if o["broken"] != nil {
			return nil, errStore
		}
		return closing{newMemory(t), closed}, nil
	})
	o := valid()
	o.Backend, o.BackendOptions = name, session.BackendOptions{"a": 1}
	m, err := session.New(o)
	if err != nil || opened["a"] != 1 {
		t.Fatalf("New returns %v, and the backend got %v", err, opened)
	}
	if err := m.Close(); err != nil || len(closed) != 1 {
		t.Errorf("Close returns %v, and closed %d backends", err, len(closed))
	}
	<-closed
	o.MaxAge = -1
	if got := problems(t, o); len(got) != 1 || len(closed) != 1 {
		t.Errorf("the errors are %q, and %d backends were closed", got, len(closed))
	}
	o.BackendOptions = session.BackendOptions{"broken": true}
	if _, err := session.New(o); !errors.Is(err, errStore) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "MaxAge") {
		t.Errorf("New returns %v, want the backend's error and that of MaxAge", err)
	}
	o.Backend = "nobody's"
	if got := strings.Join(problems(t, o), "\n"); !strings.Contains(got, name+", ") || !strings.Contains(got, ", file, memory") {
		t.Errorf("the error %q does not list the backends", got)
	}
	for what, register := range map[string]func(){
		"a name twice": func() {
			session.Register(name, func(session.BackendOptions, *slog.Logger) (session.Store, error) { return nil, nil })
		},
		"a name of ours": func() {
			session.Register("file", func(session.BackendOptions, *slog.Logger) (session.Store, error) { return nil, nil })
		},
		"no opener": func() { session.Register(name+" 2", nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("to register %s is no panic", what)
				}
			}()
			register()
		}()
	}
}

// closing is a store that tells when it is closed.
type closing struct {
	session.Store
	closed chan bool
}

func (c closing) Close() error { c.closed <- true; return nil }

var _ io.Closer = closing{}

func TestTheManagerLeavesAStoreOfYoursOpen(t *testing.T) {
	closed := make(chan bool, 1)
	m := newManager(t, closing{newMemory(t), closed})
	if err := m.Close(); err != nil || len(closed) > 0 {
		t.Errorf("Close returns %v, and closed the store %d times", err, len(closed))
	}
}
