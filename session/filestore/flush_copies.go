package filestore

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/proapi-go/proapi/session/store"
)

// flushCopy makes a copy in a session's file durable, whose name is.
func (s *Store) flushCopy(sh *shard, key store.Key, number uint64, f *os.File) error {
	if err := s.disk.file(f); err != nil {
		sh.written.note(key, number, failed)
		return err
	}
	sh.written.note(key, number, durable)
	return nil
}

// flushFile makes a copy durable of which that is not known, and the name of its file, which may be as new: a copy in a file
// without a name is lost. With SyncInterval the name has an interval's time.
func (s *Store) flushFile(ctx context.Context, sh *shard, key store.Key, number uint64, f *os.File) error {
	if err := s.durable(ctx, sh, sh.changed()); err != nil {
		return err
	}
	return s.flushCopy(sh, key, number, f)
}

// flushSoon leaves it to flushLater, where the options ask for it at all.
func (s *Store) flushSoon(sh *shard, key store.Key, number uint64) {
	if s.options.Sync == SyncNone {
		return
	}
	sh.written.note(key, number, pending)
	s.wake()
}

// flushCopies makes every copy durable that was written into the shard's files up to now, and returns the first error after
// trying all.
func (s *Store) flushCopies(ctx context.Context, sh *shard) error {
	var first error
	for key, c := range sh.written.undone() {
		err := s.flushLate(ctx, sh, key, c)
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (s *Store) flushLate(ctx context.Context, sh *shard, key store.Key, c copied) error {
	if c.state == failed {
		return again(func() error { return s.refile(ctx, sh, key) })
	}
	d, err := sh.folder(false)
	if err != nil {
		return ignoreGone(err)
	}
	f, _, err := d.find(key, flushFlag)
	if err != nil {
		if ignoreGone(err) == nil {
			sh.written.forget(key)
		}
		return ignoreGone(err)
	}
	return errors.Join(s.flushCopy(sh, key, c.number, f), f.Close())
}

// refile makes a new file of a session's, after the disk has failed to keep what was written into the old one.
func (s *Store) refile(ctx context.Context, sh *shard, key store.Key) error {
	_, err := s.commit(ctx, sh, func(d *folder) error {
		e, err := s.current(ctx, d, key)
		if errors.Is(err, fs.ErrNotExist) {
			sh.written.forget(key)
			return nil
		}
		if err != nil {
			return err
		}
		return s.supersede(d, key, e.record.User, &e)
	})
	return err
}
