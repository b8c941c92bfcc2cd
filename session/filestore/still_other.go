//go:build !linux

package filestore

import "os"

// still reports whether the file is the one that was read, unchanged.
func (sh *shard) still(d *folder, kept *cached) bool {
	info, err := d.root.Lstat(kept.info.Name())
	return err == nil && info.Size() == kept.info.Size() && info.ModTime().Equal(kept.info.ModTime()) &&
		changeTime(info) == changeTime(kept.info) && os.SameFile(info, kept.info)
}
