package filestore_test

import (
	"syscall"
	"testing"

	"github.com/proapi-go/proapi/session/filestore"
)

// TestSaveSetsTheTimeOfItsFile shows that a save says when its bytes were written, and does not leave it at what the system
// enters before that: whoever reads the old bytes in between must not take the new ones for them.
func TestSaveSetsTheTimeOfItsFile(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	key, path := saved(t, s, directory, "0")
	saves(t, s, key, 1, "x")
	if st := inode(t, path).Sys().(*syscall.Stat_t); st.Mtim == st.Ctim {
		t.Error("the file's time of modification is the system's own entry")
	}
}
