package migration_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/migration"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

var phases = []migration.Phase{migration.Prepare, migration.Switch}

func newBoth(t *testing.T, from, to store.Store, phase migration.Phase) store.Store {
	t.Helper()
	s, err := migration.New(from, to, phase)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newMemstore(t *testing.T) store.Store {
	t.Helper()
	s, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newFilestore(t *testing.T) store.Store {
	t.Helper()
	s, err := filestore.New(filestore.Options{Directory: t.TempDir() + "/sessions"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEachPhaseKeepsTheContract(t *testing.T) {
	for _, phase := range phases {
		for name, from := range map[string]func(t *testing.T) store.Store{
			"reference": func(*testing.T) store.Store { return &movetest.Memory{} },
			"memory":    newMemstore,
			"file":      newFilestore,
		} {
			t.Run(string(phase)+" from "+name, func(t *testing.T) {
				t.Parallel()
				storetest.Run(t, func(t *testing.T) store.Store { return newBoth(t, from(t), &movetest.Memory{}, phase) })
			})
		}
	}
}

// byTurns is an application with a process in each phase: every call goes to the next one.
type byTurns struct {
	processes []store.Store
	n         atomic.Uint64
}

func (b *byTurns) next() store.Store {
	return b.processes[b.n.Add(1)%uint64(len(b.processes))]
}

func (b *byTurns) Load(ctx context.Context, key store.Key) (store.Record, error) {
	return b.next().Load(ctx, key)
}

func (b *byTurns) Save(ctx context.Context, key store.Key, rec store.Record) error {
	return b.next().Save(ctx, key, rec)
}

func (b *byTurns) Delete(ctx context.Context, key store.Key, until time.Time) error {
	return b.next().Delete(ctx, key, until)
}

func TestPhasesSideBySideKeepTheContract(t *testing.T) {
	for first := range 2 {
		err := storetest.Check(func() (store.Store, error) {
			from, to := &movetest.Memory{}, &movetest.Memory{}
			b := &byTurns{processes: []store.Store{newBoth(t, from, to, migration.Prepare), newBoth(t, from, to, migration.Switch)}}
			b.n.Add(uint64(first))
			return b, nil
		})
		// A key whose session has moved and was ended refuses saves until the session's own end.
		known := []string{"expired-is-absent-to-save", "delete-until-the-past", "delete-ends"}
		if err == nil {
			continue
		}
		for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
			var rule *storetest.RuleError
			if !errors.As(err, &rule) || !slices.Contains(known, rule.Rule) {
				t.Error(err)
			} else {
				t.Log("as documented:", err)
			}
		}
	}
}
