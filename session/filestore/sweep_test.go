package filestore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// ended saves n records that have expired.
func ended(t *testing.T, s *filestore.Store, n int) {
	t.Helper()
	for range n {
		rec := record("x")
		rec.Expires = time.Now().Add(-time.Minute)
		save(t, s, newKey(), rec)
	}
}

func TestSweepRemovesWhatHasEndedAndNothingElse(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1})
	ended(t, s, 600)
	alive, path := saved(t, s, directory, "alive")
	long := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(path, long, long); err != nil { // expiry is not in the file's time
		t.Fatal(err)
	}
	broken, brokenPath := saved(t, s, directory, "broken")
	if err := os.Truncate(brokenPath, 30); err != nil {
		t.Fatal(err)
	}
	shard := filepath.Dir(path)
	old, young, strange := filepath.Join(shard, "tmp-old"), filepath.Join(shard, "tmp-young"), filepath.Join(shard, "README")
	oldAbove, youngAbove := filepath.Join(directory, "tmp-old"), filepath.Join(directory, "tmp-young")
	for _, err := range []error{
		os.WriteFile(old, nil, 0o600), os.Chtimes(old, long, long), os.WriteFile(young, nil, 0o600),
		os.WriteFile(oldAbove, nil, 0o600), os.Chtimes(oldAbove, long, long), os.WriteFile(youngAbove, nil, 0o600),
		os.WriteFile(strange, nil, 0o600), os.Chtimes(strange, long, long),
		os.Mkdir(filepath.Join(directory, "notours"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Sweep(t.Context()); n != 600 || err != nil {
		t.Errorf("Sweep returned %d, %v, want 600", n, err)
	}
	wantValues(t, s, alive, "alive")
	wantMissing(t, s, broken)
	for path, want := range map[string]bool{
		old: false, young: true, oldAbove: false, youngAbove: true, strange: true, filepath.Join(shard, "lock"): true,
	} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
	if got := names(t, filepath.Join(directory, "quarantine")); len(got) != 1 {
		t.Errorf("quarantine holds %d files, want the broken one", len(got))
	}
}

func TestSweepsAtOnceCountEachSessionOnce(t *testing.T) {
	directory := t.TempDir()
	o := filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1} // no sweep that nobody counts
	stores := []*filestore.Store{open(t, o), open(t, o), open(t, o)}
	ended(t, stores[0], 500)
	var total atomic.Int64
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			n, err := s.Sweep(t.Context())
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(n))
		})
	}
	wg.Wait()
	if got := total.Load(); got != 500 {
		t.Errorf("three sweeps at once removed %d, want 500", got)
	}
}

func TestSweepLooksAgainUnderTheLock(t *testing.T) {
	directory := t.TempDir()
	o := filestore.Options{Directory: directory}
	ours, theirs := open(t, o), open(t, o)
	key, rec := newKey(), record("x")
	rec.Expires = time.Now().Add(-time.Minute)
	save(t, ours, key, rec)

	holding, release := make(chan struct{}), make(chan struct{})
	filestore.ReplaceDisk(theirs, func(*os.File) error { close(holding); <-release; return nil }, nil)
	deleted, swept := make(chan error, 1), make(chan error, 1)
	go func() { deleted <- theirs.Delete(context.Background(), key, time.Now().Add(time.Hour)) }()
	<-holding // the tombstone is prepared, the expired record is still there
	go func() {
		n, err := ours.Sweep(context.Background())
		if n != 0 {
			t.Errorf("Sweep removed %d, want none", n)
		}
		swept <- err
	}()
	until(t, func() bool { return filestore.Held(ours, key) }) // the sweep has seen that, and wants the lock
	close(release)
	if err := errors.Join(<-deleted, <-swept); err != nil {
		t.Fatal(err)
	}
	if err := ours.Save(t.Context(), key, record("back")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save of the deleted session returned %v, want ErrConflict", err)
	}
}

func TestSweepEndsWithTheContextAndGoesOnAfterAnError(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	if err := os.WriteFile(filepath.Join(directory, "00"), nil, 0o600); err != nil { // a shard that is none
		t.Fatal(err)
	}
	key := newKey()
	key[0] = 0xff
	rec := record("x")
	rec.Expires = time.Now().Add(-time.Minute)
	save(t, s, key, rec)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.Sweep(ctx); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Sweep with an ended context returned %d, %v", n, err)
	}
	if n, err := s.Sweep(t.Context()); n != 1 || err == nil {
		t.Errorf("Sweep returned %d, %v, want 1 and the error of the first shard", n, err)
	}
}

func TestSweepsOnItsOwn(t *testing.T) {
	directory, log := t.TempDir(), &journal{}
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: 256 * time.Millisecond, Logger: log.logger()})
	key := newKey()
	rec := record("x")
	rec.Expires = time.Now().Add(-time.Minute)
	save(t, s, key, rec)
	leftover, long := filepath.Join(directory, "tmp-old"), time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(leftover, nil, 0o600), os.Chtimes(leftover, long, long)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		_, err := os.Lstat(pathOf(directory, key))
		_, leftErr := os.Lstat(leftover)
		return errors.Is(err, os.ErrNotExist) && errors.Is(leftErr, os.ErrNotExist)
	})
	empty := filepath.Join(directory, "00")
	_ = os.RemoveAll(filepath.Dir(pathOf(directory, key)))
	for i := range 256 { // whichever shard is next
		_ = os.WriteFile(filepath.Join(filepath.Dir(empty), hexByte(i)), nil, 0o600)
	}
	until(t, func() bool { return len(log.String()) > 0 })
}

func hexByte(i int) string { return string([]byte{"0123456789abcdef"[i>>4], "0123456789abcdef"[i&15]}) }

// until returns when the condition holds, and fails where it does not within 10 seconds.
func until(t *testing.T, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it has not happened")
		}
	}
}
