package filestore

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/proapi-go/proapi/session/store"
)

// maxFile is the size in bytes from which on a file is no session's: reading one must not take all memory.
const maxFile = 64 << 20

func fileName(key store.Key) string {
	var b [2 * store.KeySize]byte
	hex.Encode(b[:], key[:])
	return string(b[:])
}

// read returns the content of the named file, which info describes. Its error is errReplaced where the name stands for
// another file by now, and a brokenError for what is no regular file: that is not opened.
func (d *folder) read(name string, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() {
		return nil, brokenError("not a regular file")
	}
	if info.Size() > maxFile {
		return nil, brokenError("too large")
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errReplaced
		}
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(errReplaced, err)
	}
	b := make([]byte, info.Size())
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // somebody cut it short meanwhile; the checksum says so
	}
	return b[:n], err
}

var errReplaced = errors.New("file keeps being replaced")

// A temporary is a file beside the sessions' files that holds what one of them will.
type temporary struct {
	folder *folder
	name   string // "" after it has become the session's file
}

// prepare writes content to a temporary file, and flushes it if the disk is to. The caller must call discard.
func (d *folder) prepare(content []byte, disk *disk) (*temporary, error) {
	t := &temporary{folder: d, name: temporaryName()}
	f, err := d.root.OpenFile(t.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return nil, err
	}
	err = disk.write(f, content)
	if err = errors.Join(err, f.Close()); err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}

func (k *disk) write(f *os.File, content []byte) error {
	if err := k.mend(f); err != nil {
		return err
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

// replace makes the temporary file the named one, at once and whole.
func (t *temporary) replace(name string) error {
	if err := t.folder.root.Rename(t.name, name); err != nil {
		return err
	}
	t.name = ""
	return nil
}

// discard removes the temporary file where it was not used.
func (t *temporary) discard() {
	if t.name != "" {
		_ = t.folder.root.Remove(t.name) // else the sweep does
	}
}

// readEntry reads and decodes the session's file; see read.
func (d *folder) readEntry(key store.Key, name string, info fs.FileInfo) (entry, error) {
	b, err := d.read(name, info)
	if err != nil {
		return entry{}, err
	}
	return decode(key, b)
}

// peek reads a session's file without keeping it in the cache.
func (d *folder) peek(key store.Key, name string) (entry, error) {
	info, err := d.root.Lstat(name)
	if err != nil {
		return entry{}, err
	}
	return d.readEntry(key, name, info)
}
