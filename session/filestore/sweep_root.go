package filestore

import (
	"errors"
	"io"
	"strings"
)

// sweepRoot removes what a crash may have left beside the shards: the file with which New tries the directory, and the
// index's that was being written.
func (s *Store) sweepRoot() error {
	list, err := s.root.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }() // it was only read
	d := &folder{root: s.root}
	for {
		files, end := list.ReadDir(sweepBatch)
		for _, file := range files {
			if !strings.HasPrefix(file.Name(), temporaryPrefix) {
				continue
			}
			if err := d.sweepTemporary(file); err != nil {
				return err
			}
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
		if end != nil {
			return ignoreGone(end)
		}
	}
}
