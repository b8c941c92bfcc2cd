package filestore

import (
	"os"

	"github.com/proapi-go/proapi/session/store"
)

// A temporary is a file beside the sessions' files that is to become one of them.
type temporary struct {
	folder *folder
	name   string // "" after it has become the session's file
	number uint64 // of the copy in it
}

// prepare makes a temporary file of the content, of the given size where that is more, and flushes it if the disk is to. The
// caller must call discard.
func (d *folder) prepare(content []byte, size int64, disk *disk) (*temporary, error) {
	t := &temporary{folder: d, name: temporaryName()}
	f, err := d.root.OpenFile(t.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return nil, err
	}
	err = disk.fill(f, content, size)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}

// prepareFor makes a temporary file of a session's entry, with room for another copy of a record.
func (d *folder) prepareFor(key store.Key, e *entry, disk *disk) (*temporary, error) {
	number, size := firstNumber(), int64(0)
	if !e.tombstone {
		size = 2 * halfFor(e.size())
	}
	t, err := d.prepare(e.encode(key, number), size, disk)
	if err == nil {
		t.number = number
	}
	return t, err
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
