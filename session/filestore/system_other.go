//go:build !windows && (!unix || aix || solaris)

package filestore

import (
	"errors"
	"io/fs"
	"os"
)

const (
	canSyncDirectory = false
	hasModes         = false
	openFlags        = 0
	flushFlag        = os.O_RDWR
)

// tryLock fails, and so does New: a directory cannot be shared where files have no locks that end with their process.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }

func unlockFile(*os.File) error { return errors.ErrUnsupported }

func foreign(fs.FileInfo) bool { return false }
