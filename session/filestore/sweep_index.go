package filestore

import (
	"context"
	"errors"
	"io/fs"

	"github.com/proapi-go/proapi/session/store"
)

// sweepUser removes from a user's index what has no session's file, and the user's directory where nothing is left.
func (s *Store) sweepUser(ctx context.Context, d *folder, name string) error {
	err := d.each(name, func(file fs.DirEntry) error { return s.sweepEntry(ctx, d, name, file.Name()) })
	if err == nil {
		_ = d.root.Remove(name) // fails where it is not empty
	}
	return ignoreGone(err)
}

// sweepEntry looks for the session's file, and then again under the lock: a session's file comes after its entry.
func (s *Store) sweepEntry(ctx context.Context, d *folder, name, file string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	key, ok := keyOf(file)
	if !ok || s.hasFile(key) {
		return nil
	}
	sh := s.shard(key)
	held, err := sh.hold(ctx)
	if err != nil {
		return ignoreGone(err)
	}
	defer sh.release(held)
	if s.hasFile(key) {
		return nil
	}
	return ignoreGone(d.root.Remove(name + "/" + file))
}

// hasFile reports false only where there certainly is no file of the session.
func (s *Store) hasFile(key store.Key) bool {
	sh := s.shard(key)
	d, err := sh.folder(false)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	if _, err = d.root.Lstat(fileName(key)); !errors.Is(err, fs.ErrNotExist) {
		return true
	}
	return sh.removed(d)
}
