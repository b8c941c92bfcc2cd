package filestore

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// attempts bounds how often a call begins again because the file was replaced, or its directory removed, under it.
const attempts = 10

// again calls f until it finds its shard's directory in place.
func again(f func() error) error {
	var err error
	for range attempts {
		if err = f(); !errors.Is(err, errMoved) {
			return err
		}
	}
	return err
}

// load returns what is stored under key, ended or not, and fs.ErrNotExist where nothing is. The cache may share the values
// of the result, and keeps what was read if keep is set.
func (s *Store) load(ctx context.Context, key store.Key, keep bool) (entry, error) {
	sh := s.shard(key)
	for range attempts {
		d, err := sh.folder(false)
		if err != nil {
			return entry{}, err
		}
		e, err := s.look(d, key, keep)
		if err == nil {
			return e, nil
		}
		if _, broken := errors.AsType[brokenError](err); broken {
			return s.setAside(ctx, key)
		}
		if !errors.Is(err, fs.ErrNotExist) || !sh.removed(d) {
			return entry{}, err
		}
	}
	return entry{}, errMoved
}

// look reads the session's file, or knows it already. Its error is fs.ErrNotExist where there is none and a brokenError
// where it is no session's file.
func (s *Store) look(d *folder, key store.Key, keep bool) (entry, error) {
	sh := s.shard(key)
	if kept := s.cache.get(key); kept != nil {
		if sh.still(d, kept) {
			return kept.entry, nil
		}
		s.cache.drop(key)
	}
	name := fileName(key)
	err := errReplaced
	for range attempts {
		info, lerr := d.root.Lstat(name)
		if lerr != nil {
			return entry{}, lerr
		}
		lasts := keep && settled(info, time.Now(), s.settle) && sh.quiet(d)
		var e entry
		if e, err = d.read(key, name, info); err == nil && lasts {
			s.cache.put(key, info, e)
		}
		if !errors.Is(err, errReplaced) {
			return e, err
		}
	}
	return entry{}, err
}

// save stores the entry of a session if the stored version is still base.
func (s *Store) save(ctx context.Context, key store.Key, base uint64, e *entry) error {
	if base > 0 {
		if err := s.overwrite(ctx, key, base, e); !errors.Is(err, errNoRoom) {
			return err
		}
	}
	return s.rewrite(ctx, key, base, e)
}

// rewrite makes a new file for the entry, in the place of the session's where it has one.
func (s *Store) rewrite(ctx context.Context, key store.Key, base uint64, e *entry) error {
	sh := s.shard(key)
	d, err := sh.folder(true)
	if err != nil {
		return err
	}
	t, err := d.prepareFor(key, e, &s.disk) // before the lock is taken: nobody waits for the disk
	if errors.Is(err, fs.ErrNotExist) && sh.removed(d) {
		return errMoved
	}
	if err != nil {
		return err
	}
	defer t.discard()
	change, err := s.commit(ctx, sh, func(held *folder) error {
		if held != d {
			return errMoved
		}
		old, err := s.current(ctx, d, key)
		if err := conflict(&old, err, base); err != nil {
			return err
		}
		return s.replace(t, key, old.record.User, e.record.User)
	})
	if err != nil {
		return err
	}
	if err := s.durable(ctx, sh, change); err != nil {
		return err
	}
	sh.written.note(key, t.number, durable) // and, with SyncAlways, its name
	return nil
}

// conflict decides whether a save based on the given version may replace e, which was looked up with err.
func conflict(e *entry, err error, version uint64) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && e.ended(time.Now()):
		if version != 0 {
			return store.ErrConflict
		}
	case err != nil:
		return err
	case e.tombstone, e.record.Version != version:
		return store.ErrConflict
	}
	return nil
}

// remove replaces the session's file by a tombstone. Of two tombstones the first says when the session ended, and the
// later end holds.
func (s *Store) remove(ctx context.Context, key store.Key, until time.Time) error {
	sh := s.shard(key)
	change, err := s.commit(ctx, sh, func(d *folder) error {
		now := time.Now()
		next := entry{tombstone: true, deleted: now, until: until}
		e, err := s.current(ctx, d, key)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && e.tombstone && !e.ended(now) {
			next.deleted = e.deleted
			if e.until.After(until) {
				next.until = e.until
			}
		}
		return s.supersede(d, key, e.record.User, &next)
	})
	if err != nil {
		return err
	}
	return s.durable(ctx, sh, change)
}

// supersede makes a new file of the entry in the place of the session's, which was one user's. The caller holds the lock of the
// session's shard.
func (s *Store) supersede(d *folder, key store.Key, from string, e *entry) error {
	t, err := d.prepareFor(key, e, &s.disk)
	if err != nil {
		return err
	}
	defer t.discard()
	return s.replace(t, key, from, e.record.User)
}

// replace makes the temporary file the session's, which was one user's and is another's. The caller holds the lock of the
// session's shard.
func (s *Store) replace(t *temporary, key store.Key, from, to string) error {
	return s.indexed(key, from, to, func() error {
		if err := t.replace(fileName(key)); err != nil {
			return err
		}
		s.shard(key).written.forget(key)
		return nil
	})
}

// indexed calls change, which makes a session of one user another's. The caller holds the lock of the session's shard, under
// which alone its entry in the index changes too: so the index names the new user from before the record does, and the old
// one until after.
func (s *Store) indexed(key store.Key, from, to string, change func() error) error {
	if to != from {
		if err := s.enter(key, to); err != nil {
			return err
		}
	}
	if err := change(); err != nil {
		return err
	}
	s.cache.drop(key)
	if from != to {
		s.leave(key, from)
	}
	return nil
}

// commit calls f, which changes a file, while it holds the shard's lock, and returns the change's number.
func (s *Store) commit(ctx context.Context, sh *shard, f func(*folder) error) (uint64, error) {
	d, err := sh.hold(ctx)
	if err != nil {
		return 0, err
	}
	defer sh.release(d)
	if err := f(d); err != nil {
		return 0, err
	}
	return sh.changed(), nil
}
