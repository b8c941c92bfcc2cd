package filestore

import "syscall"

// still reports whether the file is the one that was read, unchanged, in half the time of a look through the Root. The path is
// resolved from the top for that: wherever it leads, what is found there is the file that was read, or another.
func (sh *shard) still(_ *folder, kept *cached) bool {
	was, ok := kept.info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	var is syscall.Stat_t
	if err := syscall.Lstat(sh.path+kept.info.Name(), &is); err != nil {
		return false // the next look says why
	}
	return is.Ino == was.Ino && is.Dev == was.Dev && is.Size == was.Size && is.Mtim == was.Mtim && is.Ctim == was.Ctim
}
