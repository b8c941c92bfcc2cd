package filestore_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// of returns a record of the user.
func of(user, values string) store.Record {
	rec := record(values)
	rec.User = user
	return rec
}

// listed returns the values of a user's records, sorted, and of all records where all is set.
func listed(tb testing.TB, s *filestore.Store, user string, all bool) []string {
	tb.Helper()
	list := s.ListUser(tb.Context(), user)
	if all {
		list = s.List(tb.Context())
	}
	values := []string{}
	for e, err := range list {
		if err != nil {
			tb.Fatal(err)
		}
		values = append(values, string(e.Record.Values))
	}
	slices.Sort(values)
	return values
}

func wantListed(tb testing.TB, s *filestore.Store, user string, want ...string) {
	tb.Helper()
	if got := listed(tb, s, user, false); !slices.Equal(got, want) {
		tb.Errorf("%s's sessions are %q, want %q", user, got, want)
	}
}

// entries returns how many sessions the index names, of whichever users.
func entries(tb testing.TB, directory string) int {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join(directory, "*", "user-*", "*"))
	if err != nil {
		tb.Fatal(err)
	}
	return len(found)
}

func wantEntries(tb testing.TB, directory string, want int) {
	tb.Helper()
	if got := entries(tb, directory); got != want {
		tb.Errorf("the index has %d entries, want %d", got, want)
	}
}

func TestIndexFollowsTheRecords(t *testing.T) {
	directory := t.TempDir()
	o := filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1}
	s, other := open(t, o), open(t, o)
	key, second, nobodys := newKey(), newKey(), newKey()
	save(t, s, key, of("ada", "1"))
	save(t, s, second, of("ada", "2"))
	save(t, s, nobodys, of("", "3"))
	wantListed(t, other, "ada", "1", "2")
	wantEntries(t, directory, 2)

	rec := of("bob", "1b") // another user in the same session
	rec.Version = 1
	save(t, s, key, rec)
	wantListed(t, other, "ada", "2")
	wantListed(t, other, "bob", "1b")
	wantListed(t, other, "")
	wantEntries(t, directory, 2)

	rec.User, rec.Version = "", 2
	save(t, s, key, rec)
	wantListed(t, other, "bob")
	if err := other.Delete(t.Context(), second, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantListed(t, s, "ada")
	wantEntries(t, directory, 0)
	if left, _ := filepath.Glob(filepath.Join(directory, "*", "user-*")); len(left) > 0 {
		t.Errorf("%d directories of users without sessions are left", len(left))
	}
	if got := listed(t, s, "", true); !slices.Equal(got, []string{"1b", "3"}) {
		t.Errorf("all sessions are %q, want both that are nobody's", got)
	}
}

func TestExpiredSessionsAreNotListedAndLeaveTheIndexWithTheSweep(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1})
	rec := of("ada", "old")
	rec.Expires = time.Now().Add(-time.Minute)
	key := newKey()
	key[0] = 0xff // it is swept after ada's index, which is in another shard
	save(t, s, key, rec)
	save(t, s, newKey(), of("ada", "new"))
	wantListed(t, s, "ada", "new")
	if got := listed(t, s, "", true); !slices.Equal(got, []string{"new"}) {
		t.Errorf("all sessions are %q, want the one that has not expired", got)
	}
	wantEntries(t, directory, 2)
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep returned %d, %v, want 1", n, err)
	}
	wantEntries(t, directory, 1)
}

func TestUpdateThatKeepsItsUserCostsNoIndexWork(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1})
	key := newKey()
	save(t, s, key, of("ada", "1"))
	if err := os.RemoveAll(userDirectory(t, directory)); err != nil {
		t.Fatal(err)
	}
	rec := of("ada", "2")
	rec.Version = 1
	save(t, s, key, rec)
	wantEntries(t, directory, 0) // nobody looked
}

func TestListGoesOnPastBrokenFilesAndStrangers(t *testing.T) {
	directory, log := t.TempDir(), &journal{}
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, Logger: log.logger()})
	_, whole := saved(t, s, directory, "whole")
	broken, path := saved(t, s, directory, "broken")
	user := userDirectory(t, directory)
	for _, err := range []error{
		os.Truncate(path, 30),
		os.WriteFile(filepath.Join(filepath.Dir(whole), "README"), nil, 0o600),
		os.WriteFile(filepath.Join(user, "README"), nil, 0o600),
		os.WriteFile(filepath.Join(user, filepath.Base(pathOf(directory, newKey()))), nil, 0o600), // never saved
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantListed(t, s, "ada", "whole")
	if got := names(t, filepath.Join(directory, "quarantine")); len(got) != 1 {
		t.Errorf("quarantine holds %d files, want the broken one", len(got))
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, s, "", true); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("all sessions are %q, want the whole one", got)
	}
	wantQuiet(t, log.String(), broken)
}

func TestListsFailWithTheContextAndWithTheStore(t *testing.T) {
	s := open(t, filestore.Options{Sync: filestore.SyncNone})
	for range 10 {
		save(t, s, newKey(), of("ada", "x"))
	}
	seen := 0
	for _, err := range s.List(t.Context()) {
		if seen++; seen == 1 { // the reader uses the store, even closes it
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("List of a store that was closed meanwhile yielded %v, want fs.ErrClosed", err)
		}
	}
	if seen != 2 {
		t.Errorf("List yielded %d times, want an entry and the error", seen)
	}
	for _, err := range s.ListUser(t.Context(), "ada") {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("ListUser of a closed store yielded %v, want fs.ErrClosed", err)
		}
	}
}

func TestListMissesNothingWhileEverythingIsSaved(t *testing.T) {
	directory := t.TempDir()
	o := filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1}
	ours, theirs := open(t, o), open(t, o)
	versions := map[store.Key]uint64{}
	for range 300 {
		key := newKey()
		key[0] = byte(len(versions) % 3) // few shards, with many names
		save(t, theirs, key, of("ada", "x"))
		versions[key] = 1
	}
	keys := slices.Collect(maps.Keys(versions))
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			key := keys[i%len(keys)]
			rec := of("ada", "x")
			rec.Version = versions[key]
			if err := theirs.Save(t.Context(), key, rec); err != nil {
				done <- err
				return
			}
			versions[key]++
		}
	}()
	for range 20 {
		seen := map[store.Key]int{}
		for e, err := range ours.List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen[e.Key]++
		}
		for _, key := range keys {
			if seen[key] != 1 {
				t.Fatalf("a session was listed %d times, want once", seen[key])
			}
		}
		if got := len(listed(t, ours, "ada", false)); got != len(keys) {
			t.Fatalf("%d sessions of the user were listed, want %d", got, len(keys))
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestImportKeepsTheVersionAndOverwritesNothing(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	key, rec := newKey(), of("ada", "moved")
	if err := s.Import(t.Context(), key, rec); err == nil {
		t.Error("Import took a record without a version")
	}
	rec.Version = 7
	if err := s.Import(t.Context(), key, rec); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), key); err != nil || got.Version != 7 || string(got.Values) != "moved" {
		t.Errorf("Load returned version %d, %q, %v, want what was imported", got.Version, got.Values, err)
	}
	wantListed(t, s, "ada", "moved")
	again := of("bob", "again")
	again.Version = 9
	if err := s.Import(t.Context(), key, again); err != store.ErrConflict { //nolint:errorlint // the contract's own value
		t.Errorf("Import over a record returned %v, want ErrConflict", err)
	}
	if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Import(t.Context(), key, again); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Import of a deleted session returned %v, want ErrConflict", err)
	}
	wantListed(t, s, "bob")
	wantEntries(t, directory, 0)
}
