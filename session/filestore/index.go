package filestore

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"

	"github.com/proapi-go/proapi/session/store"
)

// The index is a directory for each user, in the shard that the hash of the user chooses, with an empty file named after
// each of the user's sessions. It names too much after a crash, never too little: who reads it looks at the records.
const userPrefix = "user-"

// userFolder returns the shard in which a user's directory is, and the directory's name there.
func (s *Store) userFolder(user string) (*shard, string) {
	sum := sha256.Sum256([]byte(user))
	return &s.shards[sum[0]], userPrefix + fileName(sum)
}

// enter puts the session into the user's index, if it is not there. The caller holds the lock of the session's shard.
func (s *Store) enter(key store.Key, user string) error {
	if user == "" {
		return nil
	}
	sh, name := s.userFolder(user)
	path := name + "/" + fileName(key)
	return again(func() error {
		d, err := sh.folder(true)
		if err != nil {
			return err
		}
		err = d.touch(path, &s.disk)
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err = makeInside(d.root, name, s.disk.masked)
		if err == nil || errors.Is(err, fs.ErrNotExist) && sh.removed(d) {
			return errMoved // who finds it empty may remove it again
		}
		return err
	})
}

// leave takes the session out of the user's index. Where that fails the sweep does it, and a list does not mind.
func (s *Store) leave(key store.Key, user string) {
	if user == "" {
		return
	}
	sh, name := s.userFolder(user)
	if d, err := sh.folder(false); err == nil {
		_ = d.root.Remove(name + "/" + fileName(key))
		_ = d.root.Remove(name) // fails where it is not empty
	}
}

// touch makes an empty file, unless it is there.
func (d *folder) touch(path string, disk *disk) error {
	f, err := d.root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(disk.mend(f), f.Close())
}

// entered makes sure that the record, which was read without the lock, is in its user's index.
func (s *Store) entered(ctx context.Context, key store.Key, user string) error {
	if user == "" {
		return nil
	}
	sh, name := s.userFolder(user)
	if d, err := sh.folder(false); err == nil {
		if _, err := d.root.Lstat(name + "/" + fileName(key)); err == nil {
			return nil
		}
	}
	held := s.shard(key)
	d, err := held.hold(ctx)
	if err != nil {
		return err
	}
	defer held.release(d)
	e, err := s.current(ctx, d, key)
	if err != nil {
		return err
	}
	return s.enter(key, e.record.User)
}
