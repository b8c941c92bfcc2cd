package filestore

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// errNoRoom says that a session's file has no place for another copy, so that it has to be replaced.
var errNoRoom = errors.New("the file has no room for another copy")

// A place is where a save has written, or is to write.
type place struct {
	file   *os.File
	number uint64 // of the copy that counts
	at     int64  // where it stands
}

// overwrite writes a copy of the entry over the older of the two in the session's file, if the stored version is still base.
//
// The other one is then what a power cut leaves, so it is made durable before, with the file's name, unless it is known to be.
// Nobody has to wait for that: the lock is given back meanwhile.
func (s *Store) overwrite(ctx context.Context, key store.Key, base uint64, e *entry) error {
	sh := s.shard(key)
	for range attempts {
		p, written, err := s.tryOverwrite(ctx, sh, key, base, e)
		if err != nil {
			return err
		}
		switch {
		case !written:
			err = s.flushFile(ctx, sh, key, p.number, p.file)
		case s.options.Sync == SyncAlways:
			err = s.flushCopy(sh, key, p.number, p.file)
		default:
			s.flushSoon(sh, key, p.number)
		}
		if closeErr := p.file.Close(); err == nil {
			err = closeErr // a network's file system may say only now that it is full
		}
		switch {
		case err != nil && written:
			return errors.Join(err, s.takeBack(ctx, sh, key, p))
		case err != nil || written:
			return err
		}
	}
	return errMoved
}

// tryOverwrite reports whether it has written. If not, what counts now has to be made durable first.
func (s *Store) tryOverwrite(ctx context.Context, sh *shard, key store.Key, base uint64, e *entry) (p place, written bool, err error) {
	d, err := sh.hold(ctx)
	if err != nil {
		return place{}, false, err
	}
	defer sh.release(d)
	f, c, err := s.openCurrent(ctx, d, key)
	defer func() {
		if err != nil && f != nil {
			_ = f.Close() // err says more
		}
	}()
	if err := conflict(&c.entry, err, base); err != nil {
		return place{}, false, err
	}
	p = place{file: f, number: c.number}
	state := sh.written.of(key, c.number)
	if !c.takes(e.size()) || state == failed {
		return p, false, errNoRoom
	}
	if s.disk.file != nil && state != durable {
		return p, false, nil
	}
	p.number, p.at = c.number+1, c.spare
	b := e.encode(key, p.number)
	err = s.indexed(key, c.entry.record.User, e.record.User, func() error {
		_, err := f.WriteAt(b, p.at)
		return err
	})
	if err == nil && s.options.Sync != SyncAlways { // a time that is set may have to be flushed as well
		s.keep(d, f, key, b)
	}
	return p, err == nil, err
}

// keep keeps what was just written in the cache, with a time of modification that nobody sets again, so that there is no need
// to wait until the file has settled. Where file times are coarser, there is.
func (s *Store) keep(d *folder, f *os.File, key store.Key, b []byte) {
	now := time.Now()
	if d.root.Chtimes(fileName(key), now, now) != nil {
		return
	}
	info, err := f.Stat()
	if err != nil || !info.ModTime().Equal(now) {
		return
	}
	if e, _, err := decode(key, b); err == nil { // as a reader would find it
		s.cache.put(key, info, e)
	}
}

// openCurrent opens the session's file to write to it, and reads it, for somebody who holds the shard's lock. A broken file is
// moved to quarantine, and not there, as current has it. So is a missing one.
func (s *Store) openCurrent(ctx context.Context, d *folder, key store.Key) (*os.File, content, error) {
	f, c, err := d.openCopies(key)
	if broken, ok := errors.AsType[brokenError](err); ok {
		return nil, content{}, s.moveAside(ctx, key, broken)
	}
	if c.torn { // and nobody is writing
		s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "a session is as it was before its last change: that was not written to its end, or is damaged")
	}
	return f, c, err
}

func (d *folder) openCopies(key store.Key) (*os.File, content, error) {
	f, size, err := d.find(key, os.O_RDWR)
	if err != nil {
		return nil, content{}, err
	}
	c, err := contentOf(key, f, size)
	if err != nil {
		_ = f.Close() // err says more
		return nil, content{}, err
	}
	return f, c, nil
}

// takeBack makes what was written not count, where nobody has built on it, after the disk has failed to keep it: the session
// is as it was.
func (s *Store) takeBack(ctx context.Context, sh *shard, key store.Key, p place) error {
	d, err := sh.hold(ctx)
	if err != nil {
		return err
	}
	defer sh.release(d)
	f, c, err := s.openCurrent(ctx, d, key)
	if err != nil {
		return ignoreGone(err)
	}
	if c.number == p.number {
		_, err = f.WriteAt(make([]byte, headerSize), p.at)
		s.cache.drop(key)
	}
	return errors.Join(err, f.Close())
}
