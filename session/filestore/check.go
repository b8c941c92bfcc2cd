package filestore

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
)

// indexName is the file that says in which run of the system the index was checked.
const indexName = "index"

// An index is what is known of the index as a whole.
type index struct {
	turn    chan struct{} // holds a token while somebody checks it
	checked atomic.Bool
}

// checkOnce checks the index in the background, so that nobody who wants a list waits for it.
func (s *Store) checkOnce(ctx context.Context) {
	if err := s.check(ctx); err != nil && ctx.Err() == nil {
		s.options.Logger.LogAttrs(ctx, slog.LevelError, "the index of users cannot be checked: nobody's sessions can be listed",
			slog.Any("error", wrap("check index", err)))
	}
}

// check returns when every record is in its user's index: at once where the index was checked since the system started.
func (s *Store) check(ctx context.Context) error {
	if s.index.checked.Load() {
		return nil
	}
	select {
	case s.index.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return errClosed
	}
	defer func() { <-s.index.turn }()
	if s.index.checked.Load() {
		return nil
	}
	run := bootID()
	if run != "" && s.checkedIn() == run {
		s.index.checked.Store(true)
		return nil
	}
	for i := range s.shards {
		if err := s.checkShard(ctx, &s.shards[i]); err != nil {
			return err
		}
	}
	s.setCheckedIn(run)
	s.index.checked.Store(true)
	return nil
}

func (s *Store) checkShard(ctx context.Context, sh *shard) error {
	keys, err := s.keys(ctx, sh)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := s.ready(ctx); err != nil {
			return err
		}
		e, err := s.load(ctx, key, false)
		if err == nil {
			err = s.entered(ctx, key, e.record.User)
		}
		if ignoreGone(err) != nil {
			return err
		}
	}
	return nil
}

// checkedIn returns the run of the system in which the index was checked last, and "" where that is not known.
func (s *Store) checkedIn() string {
	info, err := s.root.Lstat(indexName)
	if err != nil {
		return ""
	}
	f, err := (&folder{root: s.root}).open(indexName, info, os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it was only read
	var b []byte
	if readAll(&b, f, info.Size()) != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// setCheckedIn is not flushed: where a power cut undoes it, the index is checked again as it should be. And so it is where
// it fails.
func (s *Store) setCheckedIn(run string) {
	if run == "" {
		return
	}
	t, err := (&folder{root: s.root}).prepare([]byte(run+"\n"), 0, &disk{masked: s.disk.masked})
	if err != nil {
		return
	}
	defer t.discard()
	_ = t.replace(indexName)
}
