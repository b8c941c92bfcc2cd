package filestore_test

import (
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
)

func TestUnchangedSessionIsNotReadAgain(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory})
	filestore.TrustAtOnce(s)
	key, _ := saved(t, s, directory, "x")
	wantValues(t, s, key, "x")
	got := testing.AllocsPerRun(100, func() {
		if _, err := s.Load(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	})
	if got > 3 {
		t.Errorf("a Load of an unchanged session makes %v allocations, want 3 at most", got)
	}
	if n, _ := filestore.CacheUse(s); n != 1 {
		t.Errorf("the cache holds %d sessions, want 1", n)
	}
}

func TestWhatWasJustSavedIsNotReadAgain(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	key, path := saved(t, s, directory, "the first")
	saves(t, s, key, 1, "the second")
	if n, _ := filestore.CacheUse(s); n != 1 {
		t.Skip("file times have no nanoseconds here")
	}
	if got := testing.AllocsPerRun(100, func() { wantValues(t, s, key, "the second") }); got > 4 {
		t.Errorf("a Load of what was just saved makes %v allocations, want 4 at most", got)
	}
	info := inode(t, path)
	damage(t, path, "the second")
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	wantValues(t, s, key, "the first") // the time of change is another
}

// TestStoresSeeEachOthersSavesAtOnce has two stores, as in two processes, that save one session in turns, faster than the clock
// of file times ticks.
func TestStoresSeeEachOthersSavesAtOnce(t *testing.T) {
	directory := t.TempDir()
	var stores [2]*filestore.Store
	for i := range stores {
		stores[i] = open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	}
	key, _ := saved(t, stores[0], directory, "0")
	for i := range uint64(300) {
		values := strconv.FormatUint(i+1, 10)
		saves(t, stores[i%2], key, i+1, values)
		wantValues(t, stores[0], key, values)
		wantValues(t, stores[1], key, values)
	}
}

// TestWhatIsBeingWrittenIsNotKept has a reader who comes while another process writes: the file has its new time already, and
// may have its old bytes.
func TestWhatIsBeingWrittenIsNotKept(t *testing.T) {
	directory := t.TempDir()
	s, there := open(t, filestore.Options{Directory: directory}), open(t, filestore.Options{Directory: directory})
	filestore.TrustAtOnce(s)
	key, _ := saved(t, there, directory, "x")
	for _, writer := range []*filestore.Store{there, s} {
		release, err := filestore.Hold(writer, key)
		if err != nil {
			t.Fatal(err)
		}
		wantValues(t, s, key, "x")
		if n, _ := filestore.CacheUse(s); n != 0 {
			t.Errorf("the cache holds %d sessions that are being written, want none", n)
		}
		release()
	}
	wantValues(t, s, key, "x")
	if n, _ := filestore.CacheUse(s); n != 1 {
		t.Errorf("the cache holds %d sessions, want 1", n)
	}
}

func TestYoungFileIsNotKept(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory})
	key, path := saved(t, s, directory, "x")
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, future, future); err != nil { // a clock that went backwards since
		t.Fatal(err)
	}
	wantValues(t, s, key, "x")
	if n, _ := filestore.CacheUse(s); n != 0 {
		t.Errorf("the cache holds %d sessions whose files may still change within a tick, want none", n)
	}
}

func TestWhatWasReadBeforeIsForgotten(t *testing.T) {
	changes := map[string]func(path string) error{
		"removed": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+"~"), os.WriteFile(path, []byte("x"), 0o600))
		},
		"cut": func(path string) error { return os.Truncate(path, 20) },
		"changed in place, its time put back": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("other bytes"), 20)
			return errors.Join(err, f.Close(), os.Chtimes(path, info.ModTime(), info.ModTime()))
		},
	}
	for what, change := range changes {
		directory := t.TempDir()
		s := open(t, filestore.Options{Directory: directory})
		filestore.TrustAtOnce(s)
		key, path := saved(t, s, directory, "x")
		wantValues(t, s, key, "x")
		await(t, path)
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(t.Context(), key); err == nil {
			t.Errorf("%s: the session was loaded as it was before", what)
		}
	}
}

// await returns when the clock of file times is past the file's, so that a change in place bears another time.
func await(t *testing.T, path string) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if err := os.WriteFile(path+"-clock", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		now, err := os.Stat(path + "-clock")
		if err != nil {
			t.Fatal(err)
		}
		if now.ModTime().After(before.ModTime()) {
			return
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 64 << 10
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, CacheBytes: limit})
	filestore.TrustAtOnce(s)
	for range 300 {
		key, _ := saved(t, s, directory, string(make([]byte, 300)))
		wantValues(t, s, key, string(make([]byte, 300)))
	}
	if n, bytes := filestore.CacheUse(s); bytes > limit || bytes < limit/2 || n < 30 {
		t.Errorf("the cache holds %d sessions of %d bytes, want up to %d bytes", n, bytes, limit)
	}
	key, _ := saved(t, s, directory, string(make([]byte, limit)))
	wantValues(t, s, key, string(make([]byte, limit)))
	if n, _ := filestore.CacheUse(s); n < 30 {
		t.Errorf("a session larger than the cache has left %d others in it", n)
	}
}
