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
	if err := take(ctx, sh.turn, sh.closing); err != nil {
		return nil, err
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

// take waits until no other goroutine has the turn. Where none has, it asks for no channel that says when the context ends: a
// request's has none until then.
func take(ctx context.Context, turn chan<- struct{}, closing <-chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	default:
	}
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-closing:
		return errClosed
	}
}

func (sh *shard) release(d *folder) {
	_ = unlockFile(d.lock) // fails for a file that is not open or not locked
	<-sh.turn
}

// lock takes the lock of the folder among processes. Its error is errMoved where somebody removed the lock's file, so
// that another process would lock another one, and the folder is forgotten.
func (sh *shard) lock(ctx context.Context, d *folder) error {
	if err := d.openLock(sh.disk); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			sh.forget(d)
			return errMoved
		}
		return err
	}
	if err := sh.wait(ctx, d.lock); err != nil {
		return err
	}
	there, err := d.root.Lstat(lockName)
	if err == nil && os.SameFile(there, d.lockInfo) {
		return nil
	}
	_ = unlockFile(d.lock) // fails for a file that is not locked
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	sh.forget(d) // and with it the lock, which nobody else will take any more
	return errMoved
}

// quiet reports whether nobody was changing a file in the shard at some moment of the call. Somebody who does may have changed
// its time already, and its bytes not yet: what is read then must not be taken for what belongs to that time.
func (sh *shard) quiet(d *folder) bool {
	select {
	case sh.turn <- struct{}{}:
		defer func() { <-sh.turn }()
	default:
		return false
	}
	if d.openLock(sh.disk) != nil {
		return false
	}
	ok, err := tryLock(d.lock)
	if ok {
		err = unlockFile(d.lock)
	}
	return ok && err == nil
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
func (d *folder) openLock(disk *disk) error {
	if d.lock != nil {
		return nil
	}
	if info, err := d.root.Lstat(lockName); err == nil && !info.Mode().IsRegular() {
		return errors.New("a lock is not a regular file: remove it")
	}
	f, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE|openFlags, 0o600)
	if err != nil {
		return err
	}
	there, err := d.root.Lstat(lockName)
	opened, statErr := f.Stat()
	if err = errors.Join(err, statErr); err != nil || !there.Mode().IsRegular() || !os.SameFile(there, opened) {
		return errors.Join(errMoved, err, f.Close())
	}
	if err := disk.mend(f); err != nil {
		return errors.Join(err, f.Close())
	}
	d.lock, d.lockInfo = f, opened
	return nil
}
