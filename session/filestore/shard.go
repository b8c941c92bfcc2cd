package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// A shard is one of the 256 directories among which the sessions are spread.
type shard struct {
	name    string
	path    string // from the top, with a separator at its end
	parent  *os.Root
	disk    *disk
	closing <-chan struct{} // closed when the store begins to close

	turn    chan struct{} // holds a token while a goroutine of this process changes files in the shard
	opening sync.Mutex
	open    atomic.Pointer[folder] // nil until it is used, and after it was found removed
	pending flushes
	written written
}

// A folder is a shard's directory, opened.
type folder struct {
	root     *os.Root
	info     fs.FileInfo
	lock     *os.File    // nil until it is used; guarded by shard.turn, and so is lockInfo, which describes it
	lockInfo fs.FileInfo // an open file's inode is used for no other
	entered  atomic.Bool // its own name in the parent is durable
}

func (sh *shard) init(index int, directory string, s *Store) {
	sh.name = fmt.Sprintf("%02x", index)
	sh.path = filepath.Join(directory, sh.name) + string(filepath.Separator)
	sh.parent, sh.disk, sh.closing = s.root, &s.disk, s.closing
	sh.turn = make(chan struct{}, 1)
	sh.pending.turn = make(chan struct{}, 1)
}

// folder returns the shard's directory. Where there is none it is made if create is set, and fs.ErrNotExist otherwise.
func (sh *shard) folder(create bool) (*folder, error) {
	if d := sh.open.Load(); d != nil {
		return d, nil
	}
	sh.opening.Lock()
	defer sh.opening.Unlock()
	if d := sh.open.Load(); d != nil {
		return d, nil
	}
	d, err := sh.openFolder(create)
	if err != nil {
		return nil, err
	}
	sh.open.Store(d)
	return d, nil
}

func (sh *shard) openFolder(create bool) (*folder, error) {
	info, err := sh.parent.Lstat(sh.name)
	if create && errors.Is(err, fs.ErrNotExist) {
		if err = makeInside(sh.parent, sh.name, sh.disk.masked); err == nil {
			info, err = sh.parent.Lstat(sh.name)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := checkDirectory(info, sh.name); err != nil {
		return nil, err
	}
	root, err := sh.parent.OpenRoot(sh.name)
	if err != nil {
		return nil, err
	}
	if err := sameDirectory(root, info); err != nil {
		_ = root.Close() // nothing was written through it
		return nil, err
	}
	return &folder{root: root, info: info}, nil
}

// removed reports whether the folder is not the shard's directory any more, and then forgets it, so that the next use
// opens the one that is. Somebody emptied the sessions' directory.
func (sh *shard) removed(d *folder) bool {
	info, err := sh.parent.Lstat(sh.name)
	if err == nil && os.SameFile(info, d.info) {
		return false
	}
	sh.forget(d)
	return true
}

// forget leaves the folder to the garbage collector, which closes its files: other goroutines may be using them.
func (sh *shard) forget(d *folder) { sh.open.CompareAndSwap(d, nil) }

// close closes the shard's files. Nobody uses it any more.
func (sh *shard) close() error {
	d := sh.open.Load()
	if d == nil {
		return nil
	}
	var err error
	if d.lock != nil {
		err = d.lock.Close()
	}
	return errors.Join(err, d.root.Close())
}
