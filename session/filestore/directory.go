package filestore

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openDirectory opens the directory of the sessions, making it where it is not there, and refuses one in which somebody
// else could read or plant sessions, or in which this process could keep none. It reports whether the umask takes bits of
// a file's mode that its owner needs, so that each new file's mode has to be set.
func openDirectory(path string) (root *os.Root, masked bool, err error) {
	if err := makeDirectory(path); err != nil {
		return nil, false, fmt.Errorf("filestore: create directory %q: %w", path, bare(err))
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, false, fmt.Errorf("filestore: look at directory %q: %w", path, bare(err))
	}
	if err := checkDirectory(info, path); err != nil {
		return nil, false, fmt.Errorf("filestore: %w", err)
	}
	root, err = os.OpenRoot(path)
	if err != nil {
		return nil, false, fmt.Errorf("filestore: open directory %q: %w", path, bare(err))
	}
	masked, err = tryDirectory(root)
	if err := errors.Join(sameDirectory(root, info), err); err != nil {
		_ = root.Close() // nothing was written through it
		return nil, false, fmt.Errorf("filestore: directory %q cannot be used: %w", path, bare(err))
	}
	return root, masked, nil
}

func makeDirectory(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // something is there; what it is, or why it cannot be told, is found next
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return os.Chmod(path, 0o700) //nolint:gosec // a directory needs its x; the umask may have taken more than others' bits
}

// checkDirectory says what makes the directory unsafe to keep sessions in, and how to mend it.
func checkDirectory(info fs.FileInfo, path string) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("directory %q is a symbolic link: name the directory that it leads to", path)
	case !info.IsDir():
		return fmt.Errorf("directory %q is not a directory: name another, or move the file away", path)
	case foreign(info):
		return fmt.Errorf("directory %q belongs to another user: chown %d %s, or name another", path, os.Geteuid(), path)
	case hasModes && info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("directory %q can be written to by others (mode %#o): chmod 700 %s", path, info.Mode().Perm(), path)
	}
	return nil
}

// sameDirectory makes sure that what was opened is what was looked at.
func sameDirectory(root *os.Root, info fs.FileInfo) error {
	opened, err := root.Stat(".")
	if err != nil {
		return err
	}
	if !os.SameFile(info, opened) {
		return errors.New("it was replaced while it was opened")
	}
	return nil
}

// tryDirectory makes a file, locks it and removes it, so that a directory in which that fails is known at the start.
func tryDirectory(root *os.Root) (masked bool, err error) {
	name := temporaryName()
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, fmt.Errorf("write to it: %w", bare(err))
	}
	if _, err = tryLock(f); err != nil {
		err = fmt.Errorf("lock a file in it: %w", err)
	}
	info, statErr := f.Stat()
	masked = statErr == nil && hasModes && info.Mode().Perm() != 0o600
	return masked, errors.Join(err, statErr, f.Close(), root.Remove(name))
}

// makeInside makes a directory in another, unless it is there. masked is what openDirectory says of the umask.
func makeInside(root *os.Root, name string, masked bool) error {
	err := root.Mkdir(name, 0o700)
	if err == nil && masked {
		err = root.Chmod(name, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

const temporaryPrefix = "tmp-"

// temporaryName returns a name that nobody can have foreseen.
func temporaryName() string { return temporaryPrefix + randomText() }

func randomText() string {
	var b [8]byte
	var text [2 * len(b)]byte
	_, _ = rand.Read(b[:]) // never fails
	hex.Encode(text[:], b[:])
	return string(text[:])
}
