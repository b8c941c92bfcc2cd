package filestore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/proapi-go/proapi/session/store"
)

// maxFile is the size in bytes from which on a file is no session's: reading one must not take all memory.
const maxFile = 64 << 20

func fileName(key store.Key) string {
	var b [2 * store.KeySize]byte
	hex.Encode(b[:], key[:])
	return string(b[:])
}

// open opens the named file, which info describes. Its error is errReplaced where the name stands for another file by now,
// and a brokenError for what is no regular file: that is not opened.
func (d *folder) open(name string, info fs.FileInfo, flag int) (*os.File, error) {
	if !info.Mode().IsRegular() {
		return nil, brokenError("not a regular file")
	}
	if info.Size() > maxFile {
		return nil, brokenError("too large")
	}
	f, err := d.root.OpenFile(name, flag|openFlags, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errReplaced
		}
		return nil, err
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(errReplaced, err, f.Close())
	}
	return f, nil
}

var errReplaced = errors.New("file keeps being replaced")

// find opens the session's file, and says how large it is.
func (d *folder) find(key store.Key, flag int) (f *os.File, size int64, err error) {
	name := fileName(key)
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, 0, err
	}
	f, err = d.open(name, info, flag)
	return f, info.Size(), err
}

// read reads and decodes the session's file; see open.
func (d *folder) read(key store.Key, name string, info fs.FileInfo) (entry, error) {
	f, err := d.open(name, info, os.O_RDONLY)
	if err != nil {
		return entry{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	c, err := contentOf(key, f, info.Size())
	return c.entry, err
}

// contentOf reads a file of the given size. Where a copy in it is not whole, somebody may be writing: then, and only then, the
// whole one may be older than one that was there before the reading began, and has been written over since. So it is read
// until nothing has changed from one time to the next.
func contentOf(key store.Key, f io.ReaderAt, size int64) (content, error) {
	now := buffers.Get().(*[]byte)
	defer buffers.Put(now)
	var before []byte
	for n := range attempts {
		if err := readAll(now, f, size); err != nil {
			return content{}, err
		}
		c, err := decodeFile(key, *now)
		if err == nil && !c.torn || n > 0 && bytes.Equal(*now, before) {
			return c, err
		}
		before = append(before[:0], *now...)
	}
	return content{}, brokenError("being written again and again") // whoever has the lock sees it at rest
}

// buffers are for what is read from files; nothing that is decoded shares their memory.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// readAll reads so much of the file as there is.
func readAll(b *[]byte, f io.ReaderAt, size int64) error {
	if int64(cap(*b)) < size {
		*b = make([]byte, size)
	}
	*b = (*b)[:size]
	n, err := f.ReadAt(*b, 0)
	if *b = (*b)[:n]; errors.Is(err, io.EOF) {
		return nil // somebody cut it short meanwhile; the checksum says so
	}
	return err
}

// peek reads a session's file without keeping it in the cache, and says how large it is.
func (d *folder) peek(key store.Key, name string) (entry, int64, error) {
	info, err := d.root.Lstat(name)
	if err != nil {
		return entry{}, 0, err
	}
	e, err := d.read(key, name, info)
	return e, info.Size(), err
}
