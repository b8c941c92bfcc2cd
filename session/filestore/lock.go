package filestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

const lockName = "lock"

// How long to wait before the lock of another process is tried again: a change under it takes some 100 µs. Polling
// needs no thread that blocks, and ends with the context.
const (
	firstPoll = 50 * time.Microsecond
	lastPoll  = time.Millisecond
)

// errMoved says that a shard's directory or its lock was replaced in the middle of a call, which may begin again.
var errMoved = errors.New("directory was removed meanwhile")

// hold waits until nobody else, in this process or another, changes files in the shard. release ends it.
func (sh *shard) hold(ctx context.Context) (*folder, error) {
	select {
	case sh.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-sh.closing:
		return nil, errClosed
	}
	d, err := sh.folder(true)
	if err == nil {
		err = sh.lock(ctx, d)
	}
	if err != nil {
		<-sh.turn
		return nil, err
	}
	return d, nil
}

func (sh *shard) release(d *folder) {
	_ = unlockFile(d.lock) // fails for a file that is not open or not locked
	<-sh.turn
}

// lock takes the lock of the folder among processes. Its error is errMoved where somebody removed the lock's file, so
// that another process would lock another one, and the folder is forgotten.
func (sh *shard) lock(ctx context.Context, d *folder) error {
	if err := d.openLock(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			sh.forget(d)
			return errMoved
		}
		return err
	}
	if err := sh.wait(ctx, d.lock); err != nil {
		return err
	}
	same, err := d.isFile(lockName, d.lock)
	if same {
		return nil
	}
	_ = unlockFile(d.lock) // fails for a file that is not locked
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	sh.forget(d) // and with it the lock, which nobody else will take any more
	return errMoved
}

// wait takes the file's lock, trying again until the context or the store ends.
func (sh *shard) wait(ctx context.Context, f *os.File) error {
	ok, err := tryLock(f)
	if ok || err != nil {
		return err
	}
	poll := firstPoll
	timer := time.NewTimer(poll)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-sh.closing:
			return errClosed
		}
		if ok, err := tryLock(f); ok || err != nil {
			return err
		}
		poll = min(2*poll, lastPoll)
		timer.Reset(poll)
	}
}

// openLock opens the file that processes lock, where it is not open yet.
func (d *folder) openLock() error {
	if d.lock != nil {
		return nil
	}
	if info, err := d.root.Lstat(lockName); err == nil && !info.Mode().IsRegular() {
		return errors.New("a lock is not a regular file: remove it")
	}
	f, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if same, err := d.isFile(lockName, f); err != nil || !same {
		return errors.Join(errMoved, err, f.Close())
	}
	if err := f.Chmod(0o600); err != nil { // the umask took more than others' bits
		return errors.Join(err, f.Close())
	}
	d.lock = f
	return nil
}

// isFile reports whether the name stands for the open file itself, and not for a link to it.
func (d *folder) isFile(name string, f *os.File) (bool, error) {
	there, err := d.root.Lstat(name)
	if err != nil {
		return false, err
	}
	opened, err := f.Stat()
	return err == nil && there.Mode().IsRegular() && os.SameFile(there, opened), err
}
