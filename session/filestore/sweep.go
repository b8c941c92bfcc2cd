package filestore

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

const (
	sweepBatch = 256              // names read at a time
	leftover   = 10 * time.Minute // how old a temporary file is that nobody writes any more
)

// Sweep removes the records and tombstones that have ended, and returns how many; temporary files older than ten minutes
// and what the index names in vain go too, uncounted, and broken files to quarantine. A record that is not in its user's
// index is put there. It takes a shard's lock only for as long as it removes one file.
// It goes through the whole directory, even where a part of it fails, and returns the first error.
func (s *Store) Sweep(ctx context.Context) (removed int, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, wrap("sweep", err)
	}
	defer s.calls.RUnlock()
	first := s.sweepRoot()
	for i := range s.shards {
		n, err := s.sweepShard(ctx, &s.shards[i])
		removed += n
		if err != nil && first == nil {
			first = err
		}
		if s.ready(ctx) != nil {
			return removed, wrap("sweep", first)
		}
	}
	s.sweeps.Add(1)
	return removed, wrap("sweep", first)
}

// sweepAlways sweeps one shard after the other, evenly over the interval, until the store closes.
func (s *Store) sweepAlways(ctx context.Context) {
	ticker := time.NewTicker(max(s.options.SweepInterval/time.Duration(len(s.shards)), time.Millisecond))
	defer ticker.Stop()
	for i := 0; ; i = (i + 1) % len(s.shards) {
		select {
		case <-ticker.C:
		case <-s.closing:
			return
		}
		_, err := s.sweepShard(ctx, &s.shards[i])
		if i == 0 {
			err = errors.Join(s.sweepRoot(), err)
		}
		if err != nil && ctx.Err() == nil {
			s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "sessions that have ended cannot be removed",
				slog.Any("error", wrap("sweep", err)))
		}
		if i == len(s.shards)-1 {
			s.sweeps.Add(1)
		}
	}
}

func (s *Store) sweepShard(ctx context.Context, sh *shard) (removed int, err error) {
	d, err := sh.folder(false)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	err = d.each(".", func(file fs.DirEntry) error {
		ok, err := s.sweepFile(ctx, sh, d, file)
		if ok {
			removed++
		}
		return err
	})
	return removed, err
}

// each calls visit for what is in the named directory, a part of it in memory at a time, until there is an error. That of a
// directory that goes away meanwhile is none.
func (d *folder) each(name string, visit func(fs.DirEntry) error) error {
	list, err := d.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }() // it was only read
	for {
		files, end := list.ReadDir(sweepBatch)
		for _, file := range files {
			if err := visit(file); err != nil {
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

// sweepFile removes the file if it has ended, and reports whether it was a record or a tombstone that it removed.
func (s *Store) sweepFile(ctx context.Context, sh *shard, d *folder, file fs.DirEntry) (bool, error) {
	if err := s.ready(ctx); err != nil {
		return false, err
	}
	if strings.HasPrefix(file.Name(), temporaryPrefix) {
		return false, d.sweepTemporary(file)
	}
	if strings.HasPrefix(file.Name(), userPrefix) && file.IsDir() {
		return false, s.sweepUser(ctx, d, file.Name())
	}
	key, ok := keyOf(file.Name())
	if !ok || s.shard(key) != sh {
		return false, nil // nobody's: the lock, or something that is not ours
	}
	e, _, err := d.peek(key, file.Name())
	_, broken := errors.AsType[brokenError](err)
	switch {
	case broken:
	case err != nil:
		return false, ignoreGone(err)
	case !e.ended(time.Now()):
		return false, ignoreGone(s.entered(ctx, key, e.record.User))
	}
	return s.removeEnded(ctx, sh, key)
}

// removeEnded looks again at the session's file, under the lock, and removes it if it has ended.
func (s *Store) removeEnded(ctx context.Context, sh *shard, key store.Key) (bool, error) {
	d, err := sh.hold(ctx)
	if err != nil {
		return false, err
	}
	defer sh.release(d)
	e, err := s.current(ctx, d, key)
	if err != nil || !e.ended(time.Now()) {
		return false, ignoreGone(err)
	}
	s.cache.drop(key)
	sh.written.forget(key)
	if err = d.root.Remove(fileName(key)); err != nil {
		return false, ignoreGone(err)
	}
	s.swept.Add(1)
	s.leave(key, e.record.User)
	return true, nil
}

func (d *folder) sweepTemporary(file fs.DirEntry) error {
	info, err := d.root.Lstat(file.Name())
	if err != nil || time.Since(info.ModTime()) < leftover {
		return ignoreGone(err)
	}
	return ignoreGone(d.root.Remove(file.Name()))
}

// ignoreGone is for what another process may have removed, or replaced, first.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errReplaced) || errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// keyOf returns the key whose file has the name.
func keyOf(name string) (key store.Key, ok bool) {
	if len(name) != hex.EncodedLen(len(key)) {
		return key, false
	}
	_, err := hex.Decode(key[:], []byte(name))
	return key, err == nil && fileName(key) == name
}
