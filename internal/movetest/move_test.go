package movetest_test

import (
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
)

// notClosed is a store that outlives the processes that share it.
func notClosed(s session.Store) func(*testing.T) session.Store {
	return func(*testing.T) session.Store { return s }
}

func TestMovingUnderLoadLosesNothing(t *testing.T) {
	t.Run("memory to memory", func(t *testing.T) {
		t.Parallel()
		movetest.Run(t, movetest.Move{From: notClosed(&movetest.Memory{}), To: notClosed(&movetest.Memory{})})
	})
	t.Run("file to memory", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir() + "/sessions"
		from := func(t *testing.T) session.Store {
			s, err := filestore.New(filestore.Options{Directory: dir, Sync: filestore.SyncNone})
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := session.Store(s).(session.Lister); !ok {
				t.Skip("the file store does not list")
			}
			return s
		}
		movetest.Run(t, movetest.Move{From: from, To: notClosed(&movetest.Memory{})})
	})
}
