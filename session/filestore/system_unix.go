//go:build unix && !aix && !solaris

package filestore

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const (
	canSyncDirectory = true
	hasModes         = true // a mode's bits say who may write

	// A regular file is the same with it, but package os does not try to make it one that can be polled, which costs
	// four system calls; and a pipe that somebody puts in a file's place stops nobody who opens it.
	openFlags = syscall.O_NONBLOCK

	flushFlag = os.O_RDONLY // no file is open for writing for longer than a save, which would keep a disk from being remounted
)

// tryLock takes the lock of the open file, and reports false where somebody else holds it. The lock is advisory and
// belongs to the open file: it ends with unlockFile, with Close, and with the process.
func tryLock(f *os.File) (bool, error) {
	err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func unlockFile(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// foreign reports whether the file belongs to another user than this process's.
func foreign(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) != os.Geteuid()
}
