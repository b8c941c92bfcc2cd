package filestore

import (
	"errors"
	"os"
	"syscall"
)

// syncData makes a file's data durable, and of what describes it what is needed to find them.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
