package filestore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
)

// withoutIndex returns a directory with a session of ada's and no entry for it. The file that says when the index was
// checked has the given content, and is not there where that is "".
func withoutIndex(t *testing.T, checked string) string {
	t.Helper()
	directory := t.TempDir()
	s := open(t, unswept(directory))
	saved(t, s, directory, "x")
	if err := errors.Join(s.Close(), os.RemoveAll(userDirectory(t, directory))); err != nil {
		t.Fatal(err)
	}
	var err error
	switch path := filepath.Join(directory, "index"); checked {
	case "as it was":
	case "":
		err = os.RemoveAll(path)
	default:
		err = os.WriteFile(path, []byte(checked), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return directory
}

func TestIndexIsCheckedAtOpenWhereItMayHaveLostSomething(t *testing.T) {
	for what, checked := range map[string]string{
		"a directory of before the index":          "",
		"the system was started since, cut or not": "50dbf3c6-6a27-4a55-a5f3-2fd1f5fd7b1c\n",
		"a mark that a power cut tore":             "\x00\x00\x00",
	} {
		t.Run(what, func(t *testing.T) {
			directory := withoutIndex(t, checked)
			wantListed(t, open(t, unswept(directory)), "ada", "x")
			wantEntries(t, directory, 1)
		})
	}
}

func TestListWaitsForTheCheck(t *testing.T) {
	directory := withoutIndex(t, "")
	theirs := open(t, unswept(directory))
	user := userDirectory(t, directory)
	files, err := filepath.Glob(filepath.Join(user, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the index has %d entries, want 1", len(files))
	}
	key := keyOf(filepath.Base(files[0]))
	other := newKey()
	other[0] = key[0]
	holding, release := make(chan struct{}), make(chan struct{})
	filestore.ReplaceDisk(theirs, func(*os.File) error { close(holding); <-release; return nil }, nil)
	deleted := make(chan error, 1)
	go func() { deleted <- theirs.Delete(context.Background(), other, time.Now().Add(time.Hour)) }()
	<-holding // nobody can look into the session's shard
	if err := errors.Join(os.RemoveAll(user), os.Remove(filepath.Join(directory, "index"))); err != nil {
		t.Fatal(err)
	}
	ours, err := filestore.New(unswept(directory))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ours.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for _, err := range ours.ListUser(ctx, "ada") {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ListUser before the index was checked yielded %v, want the context's error", err)
		}
	}
	save(t, ours, keyBesides(key[0]), of("", "nobody's")) // what is no list does not wait
	close(release)
	if err := <-deleted; err != nil {
		t.Fatal(err)
	}
	wantListed(t, ours, "ada", "x")
}

// keyBesides returns a key of another shard.
func keyBesides(shard byte) [32]byte {
	key := newKey()
	key[0] = shard + 1
	return key
}

func TestCheckThatFailsIsSaidAndTriedAgain(t *testing.T) {
	directory := withoutIndex(t, "")
	wrong := filepath.Join(directory, "00")
	aside := filepath.Join(t.TempDir(), "aside")
	_ = os.Rename(wrong, aside)
	if err := os.WriteFile(wrong, nil, 0o600); err != nil { // a shard that is none
		t.Fatal(err)
	}
	log := &journal{}
	o := unswept(directory)
	o.Logger = log.logger()
	s := open(t, o)
	yielded := 0
	for _, err := range s.ListUser(t.Context(), "ada") {
		if yielded++; err == nil || !strings.HasPrefix(err.Error(), "filestore: list: ") {
			t.Errorf("ListUser without an index yielded %v, want an error", err)
		}
	}
	if yielded != 1 {
		t.Errorf("ListUser yielded %d times, want the error alone", yielded)
	}
	until(t, func() bool { return strings.Contains(log.String(), "index") })
	if err := os.Remove(wrong); err != nil {
		t.Fatal(err)
	}
	_ = os.Rename(aside, wrong)
	wantListed(t, s, "ada", "x")
}
