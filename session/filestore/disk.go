package filestore

import (
	"errors"
	"os"
)

// A disk is how files are made, and changes durable.
type disk struct {
	file      func(*os.File) error // flushes a file's data; nil where that is not asked for
	directory func(*os.Root) error // flushes a directory's entries
	masked    bool                 // the umask, as it was when the store was opened, takes bits that a file's owner needs
}

// fill makes the content of a new file durable, with zeros up to its size, which takes the room on the disk that it will ever need.
func (k *disk) fill(f *os.File, content []byte, size int64) error {
	if err := k.mend(f); err != nil {
		return err
	}
	if n := size - int64(len(content)); n > 0 {
		content = append(content, make([]byte, n)...)
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	if k.file == nil {
		return nil
	}
	return k.file(f)
}

// mend gives a new file the bits of its mode that the umask took.
func (k *disk) mend(f *os.File) error {
	if !k.masked {
		return nil
	}
	return f.Chmod(0o600)
}

func syncDirectory(root *os.Root) error {
	if !canSyncDirectory {
		return nil
	}
	f, err := root.OpenFile(".", os.O_RDONLY|openFlags, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
