package filestore

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"unsafe"
)

const (
	canSyncDirectory = false
	hasModes         = false
	openFlags        = 0
	flushFlag        = os.O_RDWR // what is to be flushed has to be open for writing
)

// From winbase.h and winerror.h.
const (
	lockfileFailImmediately = 1
	lockfileExclusiveLock   = 2
	errorLockViolation      = syscall.Errno(33)
)

var (
	kernel32         = syscall.NewLazyDLL("kernel32.dll")
	procLockFileEx   = kernel32.NewProc("LockFileEx")
	procUnlockFileEx = kernel32.NewProc("UnlockFileEx")
)

// tryLock takes the lock of the open file's first byte, and reports false where somebody else holds it. It ends with
// unlockFile, with Close, and with the process.
func tryLock(f *os.File) (bool, error) {
	var at syscall.Overlapped
	ok, _, err := procLockFileEx.Call(f.Fd(), lockfileExclusiveLock|lockfileFailImmediately, 0, 1, 0,
		uintptr(unsafe.Pointer(&at))) //nolint:gosec // the call's own form
	if ok != 0 {
		return true, nil
	}
	if errors.Is(err, errorLockViolation) || errors.Is(err, syscall.ERROR_IO_PENDING) {
		return false, nil
	}
	return false, err
}

func unlockFile(f *os.File) error {
	var at syscall.Overlapped
	ok, _, err := procUnlockFileEx.Call(f.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(&at))) //nolint:gosec // the call's own form
	if ok != 0 {
		return nil
	}
	return err
}

// foreign reports false: who may use a directory is in its access list, not in an owner's number.
func foreign(fs.FileInfo) bool { return false }
