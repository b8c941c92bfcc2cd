package filestore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
)

// A recorder stands for the disk: it says in which order files and directories were flushed.
type recorder struct {
	files, directories atomic.Int64
	directoryErr       atomic.Pointer[error]
}

func (r *recorder) file(f *os.File) error {
	r.files.Add(1)
	if !strings.HasPrefix(filepath.Base(f.Name()), "tmp-") {
		return errors.New("a file was flushed after it was renamed")
	}
	return nil
}

func (r *recorder) directory(*os.Root) error {
	r.directories.Add(1)
	if err := r.directoryErr.Load(); err != nil {
		return *err
	}
	return nil
}

func recorded(t *testing.T, o filestore.Options) (*filestore.Store, *recorder) {
	t.Helper()
	s, r := open(t, o), &recorder{}
	file := r.file
	if o.Sync == filestore.SyncNone {
		file = nil
	}
	filestore.ReplaceDisk(s, file, r.directory)
	return s, r
}

func (r *recorder) want(t *testing.T, files, directories int64) {
	t.Helper()
	if r.files.Load() != files || r.directories.Load() != directories {
		t.Errorf("flushed %d files and %d directories, want %d and %d", r.files.Load(), r.directories.Load(), files, directories)
	}
}

func TestAlwaysFlushesDataAndNameBeforeSaveAndDeleteReturn(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncAlways})
	key := newKey()
	save(t, s, key, record("x"))
	r.want(t, 1, 2) // the shard's own name too, the first time
	rec := record("y")
	rec.Version = 1
	save(t, s, key, rec)
	r.want(t, 2, 3)
	if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r.want(t, 3, 4)
}

func TestNoneFlushesNothing(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncNone})
	save(t, s, newKey(), record("x"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(t, 0, 0)
}

func TestIntervalFlushesDataAtOnceAndNamesLater(t *testing.T) {
	s, r := recorded(t, filestore.Options{SyncInterval: time.Hour})
	save(t, s, newKey(), record("x"))
	r.want(t, 1, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(t, 1, 2) // Close does not wait for the hour

	s, r = recorded(t, filestore.Options{SyncInterval: time.Millisecond})
	save(t, s, newKey(), record("x"))
	until(t, func() bool { return r.directories.Load() == 2 })
}

func TestFlushThatFailsIsLoggedAndTriedAgain(t *testing.T) {
	log := &journal{}
	s, r := recorded(t, filestore.Options{SyncInterval: time.Millisecond, Logger: log.logger()})
	err := error(syscall.EIO)
	r.directoryErr.Store(&err)
	save(t, s, newKey(), record("x"))
	until(t, func() bool { return r.directories.Load() > 2 && strings.Contains(log.String(), syscall.EIO.Error()) })
	r.directoryErr.Store(nil)
	done := r.directories.Load()
	until(t, func() bool { return r.directories.Load() >= done+2 })
}

func TestFailingDiskIsAnErrorAndTheOldSessionStays(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncAlways})
	key, _ := saved(t, s, directory, "old")
	rec := record("new")
	rec.Version = 1
	filestore.ReplaceDisk(s, func(*os.File) error { return syscall.EIO }, nil)
	if err := s.Save(t.Context(), key, rec); !errors.Is(err, syscall.EIO) {
		t.Errorf("Save with a failing disk returned %v, want EIO", err)
	}
	if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); !errors.Is(err, syscall.EIO) {
		t.Errorf("Delete with a failing disk returned %v, want EIO", err)
	}
	wantValues(t, s, key, "old")
	wantNoTemporary(t, directory)

	filestore.ReplaceDisk(s, func(*os.File) error { return nil }, func(*os.Root) error { return syscall.EIO })
	if err := s.Save(t.Context(), key, rec); !errors.Is(err, syscall.EIO) {
		t.Errorf("Save whose directory cannot be flushed returned %v, want EIO", err)
	}
	filestore.ReplaceDisk(s, nil, func(*os.Root) error { return nil })
}

func TestWhoWaitsTogetherSharesAFlush(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncAlways})
	shard := newKey()
	save(t, s, shard, record("x"))
	flushing, release := make(chan struct{}, 100), make(chan struct{})
	filestore.ReplaceDisk(s, nil, func(root *os.Root) error {
		flushing <- struct{}{}
		<-release
		return r.directory(root)
	})
	before := r.directories.Load()
	var wg sync.WaitGroup
	one := func() {
		key := newKey()
		key[0] = shard[0]
		if err := s.Save(context.Background(), key, record("x")); err != nil {
			t.Error(err)
		}
	}
	wg.Go(one)
	<-flushing // the first flushes
	for range 20 {
		wg.Go(one)
	}
	until(t, func() bool { return filestore.Changes(s, shard) == 22 }) // the others have renamed, and wait
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	key := newKey()
	key[0] = shard[0]
	if err := s.Save(ctx, key, record("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Save that waits for a flush returned %v, want the context's error", err)
	}
	close(release)
	wg.Wait()
	if got := r.directories.Load() - before; got != 2 {
		t.Errorf("21 saves that waited together took %d flushes, want 2", got)
	}
}
