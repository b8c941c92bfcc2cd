package movetest_test

import (
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/migration"
)

// kept returns a store that outlives the processes that share it.
func kept(s session.Store) func(*testing.T) session.Store {
	return func(*testing.T) session.Store { return s }
}

func openFiles(dir string) func(*testing.T) session.Store {
	return func(t *testing.T) session.Store {
		t.Helper()
		s, err := filestore.New(filestore.Options{Directory: dir, Sync: filestore.SyncNone})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// within are the steps from one store to another, all of whose processes are within the test's.
func within(from, to func(*testing.T) session.Store) []movetest.Step {
	alone := func(open func(*testing.T) session.Store) func(*testing.T) movetest.Process {
		return func(t *testing.T) movetest.Process { t.Helper(); return movetest.Inside(t, open(t)) }
	}
	both := func(phase migration.Phase) func(*testing.T) movetest.Process {
		return func(t *testing.T) movetest.Process {
			t.Helper()
			s, err := session.Migrating(from(t), to(t), phase)
			if err != nil {
				t.Fatal(err)
			}
			return movetest.Inside(t, s)
		}
	}
	return []movetest.Step{
		{Name: "the old store", Start: alone(from)},
		{Name: "prepare", Start: both(migration.Prepare)},
		{Name: "switch", Start: both(migration.Switch), Copy: func(t *testing.T) (_, _ session.Store) { t.Helper(); return from(t), to(t) }},
		{Name: "the new store", Start: alone(to)},
	}
}

func TestMovingUnderLoadLosesNothing(t *testing.T) {
	t.Run("memory to memory", func(t *testing.T) {
		t.Parallel()
		movetest.Run(t, movetest.Move{Steps: within(kept(&movetest.Memory{}), kept(&movetest.Memory{}))})
	})
	t.Run("file to memory", func(t *testing.T) {
		t.Parallel()
		movetest.Run(t, movetest.Move{Steps: within(openFiles(t.TempDir()+"/sessions"), kept(&movetest.Memory{})), Sessions: 500})
	})
}
