package filestore_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

const half = 4096

// saves saves a record under the key for each of the values, from version 1 on.
func saves(t *testing.T, s *filestore.Store, key store.Key, base uint64, values ...string) {
	t.Helper()
	for i, v := range values {
		rec := record(v)
		rec.Version = base + uint64(i)
		save(t, s, key, rec)
	}
}

func TestSavesWriteIntoTheSameFile(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory})
	key, path := saved(t, s, directory, "1")
	before := inode(t, path)
	for i := range uint64(5) {
		values := strings.Repeat("x", int(i)*100)
		saves(t, s, key, i+1, values)
		wantValues(t, s, key, values)
	}
	if after := inode(t, path); !os.SameFile(before, after) || after.Size() != 2*half {
		t.Errorf("the file was replaced, or has %d bytes, want %d", after.Size(), 2*half)
	}
}

func TestFileGrowsAndShrinksWithItsSession(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	key, path := saved(t, s, directory, "1")
	for i, step := range []struct{ values, file int }{
		{half - 200, 2 * half},
		{half, 4 * half},
		{half, 4 * half},
		{3 * half, 8 * half},
		{1, 8 * half},
		{70 * half, 256 * half},
		{1, 2 * half},
		{300 * half, 0},
		{300 * half, 0},
		{1, 2 * half},
	} {
		values := strings.Repeat("x", step.values)
		saves(t, s, key, uint64(i)+1, values)
		wantValues(t, s, key, values)
		if got := inode(t, path).Size(); got != int64(step.file) && step.file > 0 || got < int64(step.values) {
			t.Errorf("step %d: a session of %d bytes has a file of %d, want %d", i, step.values, got, step.file)
		}
	}
}

func TestDeletedSessionLeavesNoCopy(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory})
	key, path := saved(t, s, directory, "the first values")
	saves(t, s, key, 1, "the second values")
	if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, []byte("values")) {
		t.Errorf("the file has %q, %v", b, err)
	}
}

// damage writes over the header of the half in which the values are.
func damage(t *testing.T, path, values string) {
	t.Helper()
	b, err := os.ReadFile(path)
	at := bytes.Index(b, []byte(values))
	if err != nil || at < 0 {
		t.Fatalf("%q is not in the file, %v", values, err)
	}
	b[at/half*half+9] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOfTwoCopiesTheWholeOneCounts(t *testing.T) {
	for _, n := range []int{2, 3} { // the newer one is in the second half, and in the first
		directory, log := t.TempDir(), &journal{}
		s := open(t, filestore.Options{Directory: directory, Logger: log.logger()})
		values := []string{"one", "two", "three"}[:n]
		key, path := saved(t, s, directory, values[0])
		saves(t, s, key, 1, values[1:]...)
		damage(t, path, values[n-1])
		wantValues(t, s, key, values[n-2])
		rec := record("again")
		rec.Version = uint64(n)
		if err := s.Save(t.Context(), key, rec); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a save on what was damaged returned %v, want ErrConflict", err)
		}
		if !strings.Contains(log.String(), "as it was before its last change") {
			t.Errorf("the log says %q", log.String())
		}
		saves(t, s, key, uint64(n)-1, "anew")
		wantValues(t, s, key, "anew")

		damage(t, path, "anew")
		damage(t, path, values[n-2])
		wantMissing(t, s, key)
		if aside := names(t, filepath.Join(directory, "quarantine")); len(aside) != 1 {
			t.Errorf("%d files are in quarantine, want the one without a whole copy", len(aside))
		}
	}
}

// A script is a file that is written to between reads: each read finds the next of the contents, and then the last.
type script struct {
	contents [][]byte
	reads    int
}

func (s *script) ReadAt(b []byte, _ int64) (int, error) {
	n := copy(b, s.contents[min(s.reads, len(s.contents)-1)])
	s.reads++
	return n, io.EOF
}

// TestReaderIsNotSentBack has a reader that is so slow that two saves come between its reading of the first half, which held the
// older copy, and that of the second, which held the newer one and is being written over.
func TestReaderIsNotSentBack(t *testing.T) {
	key := newKey()
	v := func(user string, number uint64) []byte { return filestore.Copy(key, user, number) }
	torn := bytes.Clone(v("v8", 8))
	torn[len(torn)-1]++
	for name, test := range map[string]struct {
		want     string
		contents [][]byte
	}{
		"two saves came between":         {"v8", [][]byte{twoHalves(v("v5", 5), torn), twoHalves(v("v7", 7), v("v8", 8))}},
		"and a third":                    {"v9", [][]byte{twoHalves(v("v5", 5), torn), twoHalves(torn, v("v8", 8)), twoHalves(v("v9", 9), v("v8", 8))}},
		"a crash left half a copy":       {"v5", [][]byte{twoHalves(v("v5", 5), torn)}},
		"a crash left it in the first":   {"v6", [][]byte{twoHalves(torn, v("v6", 6))}},
		"the second was never written":   {"v1", [][]byte{twoHalves(v("v1", 1), nil)}},
		"the first was taken back":       {"v2", [][]byte{twoHalves(nil, v("v2", 2))}},
		"the newer one is in the first":  {"v7", [][]byte{twoHalves(v("v7", 7), v("v6", 6))}},
		"the newer one is in the second": {"v8", [][]byte{twoHalves(v("v7", 7), v("v8", 8))}},
	} {
		if user, err := filestore.ContentOf(key, &script{contents: test.contents}, 2*half); user != test.want || err != nil {
			t.Errorf("%s: %q was read, %v, want %q", name, user, err, test.want)
		}
	}
	never := &script{}
	for i := range byte(100) {
		changing := bytes.Clone(torn)
		changing[len(changing)-2] = i
		never.contents = append(never.contents, twoHalves(v("v5", 5), changing))
	}
	if user, err := filestore.ContentOf(key, never, 2*half); err == nil {
		t.Errorf("%q was read while the other copy kept changing", user)
	}
}
