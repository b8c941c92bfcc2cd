package filestore

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"

	"github.com/proapi-go/proapi/session/store"
)

const quarantineName = "quarantine"

// setAside takes the shard's lock and looks again: a file that is still broken is moved to quarantine.
func (s *Store) setAside(ctx context.Context, key store.Key) (entry, error) {
	sh := s.shard(key)
	d, err := sh.hold(ctx)
	if err != nil {
		return entry{}, err
	}
	defer sh.release(d)
	return s.current(ctx, d, key)
}

// current returns what is stored under key, to somebody who holds the shard's lock. A broken file is moved to
// quarantine, and not there (fs.ErrNotExist) like one that never was.
func (s *Store) current(ctx context.Context, d *folder, key store.Key) (entry, error) {
	e, err := s.look(d, key, true)
	if broken, ok := errors.AsType[brokenError](err); ok {
		return entry{}, s.moveAside(ctx, key, broken)
	}
	return e, err
}

// moveAside moves a broken file to quarantine, and returns the error of one that is not there.
func (s *Store) moveAside(ctx context.Context, key store.Key, broken brokenError) error {
	if err := s.quarantine(key); err != nil {
		s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "a broken session file cannot be moved to quarantine",
			slog.String("reason", string(broken)), slog.Any("error", wrap("quarantine", err)))
		return setAsideError(broken)
	}
	s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "a broken session file was moved to quarantine", slog.String("reason", string(broken)))
	return setAsideError(broken)
}

// A setAsideError is the reason why a file was broken that is not there any more.
type setAsideError string

func (e setAsideError) Error() string { return string(e) }

// Is makes it one of a file that is not there.
func (e setAsideError) Is(target error) bool { return target == fs.ErrNotExist }

// quarantine moves whatever has the session's name, a link as a link, under a name that nothing has.
func (s *Store) quarantine(key store.Key) error {
	if err := makeInside(s.root, quarantineName, s.disk.masked); err != nil {
		return err
	}
	info, err := s.root.Lstat(quarantineName)
	if err != nil {
		return err
	}
	if err := checkDirectory(info, quarantineName); err != nil {
		return err
	}
	name := fileName(key)
	return s.root.Rename(s.shard(key).name+"/"+name, quarantineName+"/"+name+"-"+randomText())
}
