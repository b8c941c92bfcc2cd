package filestore_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// unswept are options of a store that repairs nothing by itself.
func unswept(directory string) filestore.Options {
	return filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1}
}

// userDirectory returns the only user's directory in the index.
func userDirectory(tb testing.TB, directory string) string {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join(directory, "*", "user-*"))
	if err != nil || len(found) != 1 {
		tb.Fatalf("users have %d directories, want 1", len(found))
	}
	return found[0]
}

// logIn makes a session of one of two users, gives it to the other, and ends one of two of them.
func logIn(s *filestore.Store, i int) error {
	users, key, ctx := [2]string{"ada", "bob"}, newKey(), context.Background()
	if err := s.Save(ctx, key, of(users[i%2], "x")); err != nil {
		return err
	}
	rec := of(users[1-i%2], "y")
	rec.Version = 1
	if err := s.Save(ctx, key, rec); err != nil || i%2 == 0 {
		return err
	}
	return s.Delete(ctx, key, time.Now().Add(time.Hour))
}

// wantIndexRight fails where a record is not in its user's list, and returns the number of records.
func wantIndexRight(t *testing.T, s *filestore.Store) (sessions int) {
	t.Helper()
	lists := map[string]map[store.Key]bool{}
	for e, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		user := e.Record.User
		if lists[user] == nil {
			lists[user] = map[store.Key]bool{}
			for mine, err := range s.ListUser(t.Context(), user) {
				if err != nil {
					t.Fatal(err)
				}
				lists[user][mine.Key] = true
				if mine.Record.User != user {
					t.Errorf("a session of %s is in the list of %s", mine.Record.User, user)
				}
			}
		}
		if !lists[user][e.Key] {
			t.Errorf("a session of %s is not in the list of her or his", user)
		}
		sessions++
	}
	return sessions
}

func TestKilledWritersLeaveNoSessionThatCannotBeListed(t *testing.T) {
	directory := t.TempDir()
	s := open(t, unswept(directory))
	for range 10 {
		cmd := process(t, "log in for ever", directory, newKey())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines, n := bufio.NewScanner(out), 0; lines.Scan(); n++ {
			if n == 30 {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait() // it was killed
	}
	if n := wantIndexRight(t, s); n < 10*15 {
		t.Errorf("%d sessions were found, want 150 or more", n)
	}
}

func TestUserOfManyProcessesIsListedRight(t *testing.T) {
	directory := t.TempDir()
	s := open(t, unswept(directory))
	var wg sync.WaitGroup
	for range 3 {
		cmd := process(t, "log in", directory, newKey())
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	for range increments { // the user's directory comes and goes
		key := newKey()
		save(t, s, key, of("bob", "x"))
		if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if n := wantIndexRight(t, s); n != 3*increments/2 {
		t.Errorf("%d sessions were found, want %d", n, 3*increments/2)
	}
	wantEntries(t, directory, 3*increments/2)
}

func TestEntryOfAnothersSessionIsNotListed(t *testing.T) {
	directory := t.TempDir()
	s := open(t, unswept(directory))
	save(t, s, newKey(), of("ada", "hers"))
	ada := userDirectory(t, directory)
	key := newKey()
	save(t, s, key, of("bob", "his"))
	if err := os.WriteFile(filepath.Join(ada, filepath.Base(pathOf(directory, key))), nil, 0o600); err != nil { // she had it once
		t.Fatal(err)
	}
	wantListed(t, s, "ada", "hers")
	wantListed(t, s, "bob", "his")
}

func TestSweepClearsTheIndexOfWhatWasNeverSaved(t *testing.T) {
	directory := t.TempDir()
	s := open(t, unswept(directory))
	key, path := saved(t, s, directory, "x")
	user := userDirectory(t, directory)
	for range 300 { // as processes leave that end between the entry and the record
		if err := os.WriteFile(filepath.Join(user, filepath.Base(pathOf(directory, newKey()))), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("Sweep returned %d, %v, want 0: no record was removed", n, err)
	}
	wantEntries(t, directory, 1)
	wantValues(t, s, key, "x")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(user); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of a user without sessions is left: %v", err)
	}
}

func TestSweepKeepsTheEntryOfASaveUnderWay(t *testing.T) {
	directory := t.TempDir()
	ours, theirs := open(t, unswept(directory)), open(t, unswept(directory))
	key, path := saved(t, ours, directory, "x")
	if err := os.Rename(path, path+".later"); err != nil {
		t.Fatal(err)
	}
	other := newKey()
	other[0] = key[0]
	holding, release := make(chan struct{}), make(chan struct{})
	filestore.ReplaceDisk(theirs, func(*os.File) error { close(holding); <-release; return nil }, nil)
	deleted, swept := make(chan error, 1), make(chan error, 1)
	go func() { deleted <- theirs.Delete(context.Background(), other, time.Now().Add(time.Hour)) }()
	<-holding // the session's shard is locked, its entry is there, and its record not yet
	go func() { _, err := ours.Sweep(context.Background()); swept <- err }()
	until(t, func() bool { return filestore.Held(ours, key) })
	if err := os.Rename(path+".later", path); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := errors.Join(<-deleted, <-swept); err != nil {
		t.Fatal(err)
	}
	wantListed(t, ours, "ada", "x")
}

func TestSweepPutsBackWhatTheIndexHasLost(t *testing.T) {
	directory := t.TempDir()
	s, other := open(t, unswept(directory)), open(t, unswept(directory))
	saved(t, s, directory, "x")
	if err := os.RemoveAll(userDirectory(t, directory)); err != nil { // or a program without an index wrote the record
		t.Fatal(err)
	}
	wantListed(t, s, "ada")
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantListed(t, s, "ada", "x")
	wantListed(t, other, "ada", "x")
}

func TestShardOfAUserThatWasRemovedIsMadeAgain(t *testing.T) {
	directory := t.TempDir()
	s := open(t, unswept(directory))
	save(t, s, newKey(), of("ada", "1"))
	if err := os.RemoveAll(filepath.Dir(userDirectory(t, directory))); err != nil {
		t.Fatal(err)
	}
	wantListed(t, s, "ada")
	save(t, s, newKey(), of("ada", "2"))
	wantListed(t, s, "ada", "2")
}

func TestNoUsersNameIsOnTheDiskButInRecords(t *testing.T) {
	directory := t.TempDir()
	s := open(t, unswept(directory))
	for _, user := range []string{"a/../../b", ".", "..", "\x00", strings.Repeat("long", 1000), "ADA", "ada"} {
		save(t, s, newKey(), of(user, user))
		wantListed(t, s, user, user)
	}
	wantEntries(t, directory, 7)
}

func TestPlantedUserDirectoryLeadsNowhere(t *testing.T) {
	directory, outside := t.TempDir(), t.TempDir()
	s := open(t, unswept(directory))
	key := newKey()
	save(t, s, key, of("ada", "x"))
	user := userDirectory(t, directory)
	if err := errors.Join(os.RemoveAll(user), os.Symlink(outside, user)); err != nil {
		t.Skip(err)
	}
	if err := s.Save(t.Context(), newKey(), of("ada", "y")); err == nil {
		t.Error("Save followed the link")
	}
	for e, err := range s.ListUser(t.Context(), "ada") {
		if err == nil {
			t.Errorf("ListUser followed the link to %q", e.Record.Values)
		}
	}
	_, _ = s.Sweep(t.Context())
	if got := names(t, outside); len(got) > 0 {
		t.Errorf("something was written behind the link: %v", got)
	}
	wantValues(t, s, key, "x")
	wantNoTemporary(t, directory)
}
