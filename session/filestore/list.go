package filestore

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// List yields every record that is there; see store.Lister. It goes from shard to shard and keeps the keys of one in
// memory. It takes a shard's lock while it reads the names in it, so that none is missed that a rename moves in the
// directory meanwhile, and none while it reads files and the caller uses them. Broken files go to quarantine.
func (s *Store) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for i := range s.shards {
			keys, err := s.namedKeys(ctx, func() ([]store.Key, error) { return s.keys(ctx, &s.shards[i]) })
			if err != nil {
				yield(store.Entry{}, wrap("list", err))
				return
			}
			if !s.yield(ctx, keys, func(*store.Record) bool { return true }, yield) {
				return
			}
		}
	}
}

// ListUser yields the user's records; see store.Lister. It reads the user's directory in the index and the files that it
// names. After the system has started it waits until the index was checked, which New begins; the package's documentation
// says why.
func (s *Store) ListUser(ctx context.Context, user string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		keys, err := s.namedKeys(ctx, func() ([]store.Key, error) { return s.userKeys(ctx, user) })
		if err != nil {
			yield(store.Entry{}, wrap("list", err))
			return
		}
		s.yield(ctx, keys, func(rec *store.Record) bool { return rec.User == user }, yield)
	}
}

// namedKeys is a call of the store, as each read of a list is: the reader may do between them what it likes.
func (s *Store) namedKeys(ctx context.Context, names func() ([]store.Key, error)) ([]store.Key, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	return names()
}

// yield yields the records under the keys that are wanted, and reports whether the list goes on.
func (s *Store) yield(ctx context.Context, keys []store.Key, wanted func(*store.Record) bool, yield func(store.Entry, error) bool) bool {
	for _, key := range keys {
		rec, err := s.listed(ctx, key)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !wanted(&rec) {
			continue
		}
		if err != nil {
			yield(store.Entry{}, wrap("list", err))
			return false
		}
		if !yield(store.Entry{Key: key, Record: rec}, nil) {
			return false
		}
	}
	return true
}

// listed returns the record under key, and fs.ErrNotExist where there is none.
func (s *Store) listed(ctx context.Context, key store.Key) (store.Record, error) {
	if err := s.begin(ctx); err != nil {
		return store.Record{}, err
	}
	defer s.calls.RUnlock()
	e, err := s.load(ctx, key, false)
	if err != nil {
		return store.Record{}, err
	}
	if e.tombstone || e.ended(time.Now()) {
		return store.Record{}, fs.ErrNotExist
	}
	e.record.Values = bytes.Clone(e.record.Values) // the cache may hold the others
	return e.record, nil
}

// keys returns the keys of all files in the shard.
func (s *Store) keys(ctx context.Context, sh *shard) ([]store.Key, error) {
	for range attempts {
		if _, err := sh.folder(false); err != nil {
			return nil, ignoreGone(err)
		}
		d, err := sh.hold(ctx)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer sh.release(d)
		return d.keys(".")
	}
	return nil, errMoved
}

// userKeys returns the keys of the sessions in the user's index. It takes no lock: entries are never renamed.
func (s *Store) userKeys(ctx context.Context, user string) ([]store.Key, error) {
	if user == "" {
		return nil, nil
	}
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	sh, name := s.userFolder(user)
	for range attempts {
		d, err := sh.folder(false)
		if err != nil {
			return nil, ignoreGone(err)
		}
		keys, err := d.keys(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return keys, err
		}
		if !sh.removed(d) {
			return nil, nil
		}
	}
	return nil, errMoved
}

// keys returns the keys after which files in the named directory are named.
func (d *folder) keys(name string) ([]store.Key, error) {
	list, err := d.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = list.Close() }() // it was only read
	names, err := list.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var keys []store.Key
	for _, name := range names {
		if key, ok := keyOf(name); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
