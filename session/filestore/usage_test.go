package filestore_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

func usage(t *testing.T, s *filestore.Store) store.Usage {
	t.Helper()
	u, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsageOfFewFilesIsCounted(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1})
	if u := usage(t, s); u != (store.Usage{Exact: true}) {
		t.Errorf("an empty directory is %+v", u)
	}
	want := int64(0)
	for range 300 {
		_, path := saved(t, s, directory, strings.Repeat("x", 100))
		want += size(t, path)
	}
	ended(t, s, 50)
	for range 40 {
		key, path := saved(t, s, directory, "deleted")
		if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		want += size(t, path)
	}
	if u := usage(t, s); u.Sessions != 300 || !u.Exact || u.Bytes <= want || u.Sweeps != 0 {
		t.Errorf("the usage is %+v, want 300 sessions, and more than %d bytes with what has ended", u, want)
	}
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if u := usage(t, s); u.Sessions != 300 || u.Bytes != want || u.Sweeps != 1 || u.Swept != 50 {
		t.Errorf("after a sweep the usage is %+v, want 300 sessions, %d bytes, 50 swept", u, want)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestUsageOfManyFilesIsEstimated(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone, SweepInterval: -1})
	const alive, dead = 6000, 2000
	var one int64
	for range alive {
		_, path := saved(t, s, directory, strings.Repeat("x", 100))
		one = size(t, path)
	}
	ended(t, s, dead)
	u := usage(t, s)
	if u.Exact || u.Sessions < alive*8/10 || u.Sessions > alive*12/10 {
		t.Errorf("the usage is %+v, want an estimate of about %d sessions", u, alive)
	}
	if u.Bytes < one*alive*8/10 || u.Bytes > one*(alive+dead)*12/10 {
		t.Errorf("%d bytes are estimated, want some more than %d", u.Bytes, one*alive)
	}
	if again := usage(t, s); again != u {
		t.Errorf("soon after %+v the estimate is %+v", u, again)
	}
}

func TestUsageIsNoCallAfterClose(t *testing.T) {
	s := open(t, filestore.Options{Directory: t.TempDir()})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Usage(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the error is %v, want one that wraps fs.ErrClosed", err)
	}
}
