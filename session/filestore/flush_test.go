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
	files, copies, directories atomic.Int64 // copies are those written into files that were there
	directoryErr               atomic.Pointer[error]
}

func (r *recorder) file(f *os.File) error {
	if strings.HasPrefix(filepath.Base(f.Name()), "tmp-") {
		r.files.Add(1)
	} else {
		r.copies.Add(1)
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

func (r *recorder) want(t *testing.T, files, copies, directories int64) {
	t.Helper()
	if r.files.Load() != files || r.copies.Load() != copies || r.directories.Load() != directories {
		t.Errorf("flushed %d new files, %d copies and %d directories, want %d, %d and %d",
			r.files.Load(), r.copies.Load(), r.directories.Load(), files, copies, directories)
	}
}

func TestAlwaysFlushesDataAndNameBeforeSaveAndDeleteReturn(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncAlways})
	key := newKey()
	save(t, s, key, record("x"))
	r.want(t, 1, 0, 2) // the shard's own name too, the first time
	rec := record("y")
	for rec.Version = range uint64(4) {
		if rec.Version > 0 {
			save(t, s, key, rec)
		}
	}
	r.want(t, 1, 3, 2) // its name stays
	if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r.want(t, 2, 3, 3)
}

// TestTheCopyThatIsLeftIsDurable has saves that wait for no flush, and still leave one copy that a power cut cannot take.
func TestTheCopyThatIsLeftIsDurable(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncInterval, SyncInterval: time.Hour})
	key := newKey()
	save(t, s, key, record("1"))
	rec := record("2")
	rec.Version = 1
	save(t, s, key, rec)
	r.want(t, 1, 0, 0) // over nothing: the first is durable
	for rec.Version = 2; rec.Version < 5; rec.Version++ {
		save(t, s, key, rec)
		r.want(t, 1, int64(rec.Version)-1, 0) // what was saved before, each time
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(t, 1, 4, 2)
}

// TestWhatOthersHaveWrittenIsFlushedFirst has two stores, as in two processes, of which neither knows what the other has flushed.
func TestWhatOthersHaveWrittenIsFlushedFirst(t *testing.T) {
	directory := t.TempDir()
	here, r := recorded(t, filestore.Options{Directory: directory, Sync: filestore.SyncAlways})
	there := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	key := newKey()
	save(t, here, key, record("1"))
	rec := record("2")
	rec.Version = 1
	save(t, there, key, rec)
	r.want(t, 1, 0, 2)
	rec.Version = 2
	save(t, here, key, rec)
	r.want(t, 1, 2, 3) // there's, with its file's name, and here's
	rec.Version = 3
	save(t, here, key, rec)
	r.want(t, 1, 3, 3)
}

// TestCopyInAFileWithoutADurableNameIsNotAcknowledged has a save that finds the file of another one, which has been renamed and
// whose name is being flushed.
func TestCopyInAFileWithoutADurableNameIsNotAcknowledged(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncAlways})
	key := newKey()
	save(t, s, key, record("1"))
	flushing, release := make(chan struct{}, 10), make(chan struct{})
	filestore.ReplaceDisk(s, nil, func(root *os.Root) error {
		flushing <- struct{}{}
		<-release
		return r.directory(root)
	})
	var wg sync.WaitGroup
	large := record(strings.Repeat("x", half))
	large.Version = 1
	wg.Go(func() {
		if err := s.Save(context.Background(), key, large); err != nil {
			t.Error(err)
		}
	})
	<-flushing // the name of the larger file
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	rec := record("3")
	rec.Version = 2
	if err := s.Save(ctx, key, rec); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a save into a file whose name is not durable returned %v, want the context's error", err)
	}
	close(release)
	wg.Wait()
}

func TestNoneFlushesNothing(t *testing.T) {
	s, r := recorded(t, filestore.Options{Sync: filestore.SyncNone})
	key, rec := newKey(), record("x")
	save(t, s, key, rec)
	rec.Version = 1
	save(t, s, key, rec)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(t, 0, 0, 0)
}

func TestIntervalFlushesDataAtOnceAndNamesLater(t *testing.T) {
	s, r := recorded(t, filestore.Options{SyncInterval: time.Hour})
	save(t, s, newKey(), record("x"))
	r.want(t, 1, 0, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(t, 1, 0, 2) // Close does not wait for the hour

	s, r = recorded(t, filestore.Options{SyncInterval: time.Millisecond})
	key, rec := newKey(), record("x")
	save(t, s, key, rec)
	rec.Version = 1
	save(t, s, key, rec)
	until(t, func() bool { return r.directories.Load() == 2 && r.copies.Load() == 1 })
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
	key, path := saved(t, s, directory, "old")
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

	before := inode(t, path)
	filestore.ReplaceDisk(s, func(*os.File) error { return nil }, func(*os.Root) error { return syscall.EIO })
	if err := s.Save(t.Context(), key, rec); !errors.Is(err, syscall.EIO) {
		t.Errorf("Save whose directory cannot be flushed returned %v, want EIO", err)
	}
	if os.SameFile(before, inode(t, path)) {
		t.Error("a file is written to again that the disk has failed to keep")
	}
	filestore.ReplaceDisk(s, nil, func(*os.Root) error { return nil })
}

// TestCopyThatCannotBeFlushedLaterIsFiledAnew has a disk that fails once, and then says that all is well.
func TestCopyThatCannotBeFlushedLaterIsFiledAnew(t *testing.T) {
	directory, log := t.TempDir(), &journal{}
	s := open(t, filestore.Options{Directory: directory, SyncInterval: time.Millisecond, Logger: log.logger()})
	key, path := saved(t, s, directory, "1")
	before := inode(t, path)
	fail := atomic.Bool{}
	fail.Store(true)
	filestore.ReplaceDisk(s, func(*os.File) error {
		if fail.Swap(false) {
			return syscall.EIO
		}
		return nil
	}, nil)
	rec := record("2")
	rec.Version = 1
	save(t, s, key, rec)
	until(t, func() bool {
		return !os.SameFile(before, inode(t, path)) && strings.Contains(log.String(), syscall.EIO.Error())
	})
	wantValues(t, s, key, "2")
}

func inode(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
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
