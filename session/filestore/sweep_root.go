package filestore

import (
	"io/fs"
	"strings"
)

// sweepRoot removes what a crash may have left beside the shards: the file with which New tries the directory, and the
// index's that was being written.
func (s *Store) sweepRoot() error {
	d := &folder{root: s.root}
	return d.each(".", func(file fs.DirEntry) error {
		if !strings.HasPrefix(file.Name(), temporaryPrefix) {
			return nil
		}
		return d.sweepTemporary(file)
	})
}
