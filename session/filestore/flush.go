package filestore

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"
)

// flushes counts the changes of a shard's directory, and how many of them are durable. One flush covers every change
// made before it began, so of those who wait together, one flushes for all.
type flushes struct {
	turn    chan struct{} // holds a token while somebody flushes
	changes atomic.Uint64
	durable atomic.Uint64
}

// changed counts a change that was just made and returns its number.
func (sh *shard) changed() uint64 { return sh.pending.changes.Add(1) }

// flush returns when the change of the given number is durable.
func (sh *shard) flush(ctx context.Context, change uint64) error {
	p := &sh.pending
	if p.durable.Load() >= change {
		return nil
	}
	if err := take(ctx, p.turn, nil); err != nil { // what was changed is flushed also where the store begins to close
		return err
	}
	defer func() { <-p.turn }()
	if p.durable.Load() >= change {
		return nil
	}
	covered := p.changes.Load()
	if err := sh.flushFolder(); err != nil {
		return err
	}
	p.durable.Store(covered)
	return nil
}

// flushFolder flushes the shard's directory, the first time with its own name. What was removed needs no flush.
func (sh *shard) flushFolder() error {
	d, err := sh.folder(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !d.entered.Load() {
		if err := sh.disk.directory(sh.parent); err != nil {
			return err
		}
		d.entered.Store(true)
	}
	if err := sh.disk.directory(d.root); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// durable makes the shard's change of the given number as durable as the options ask before a call returns.
func (s *Store) durable(ctx context.Context, sh *shard, change uint64) error {
	switch s.options.Sync {
	case SyncAlways:
		return sh.flush(ctx, change)
	case SyncInterval:
		s.wake()
	case SyncNone:
	}
	return nil
}

// wake tells flushLater that it has something to do, if it does not know already.
func (s *Store) wake() {
	select {
	case s.unflushed <- struct{}{}:
	default:
	}
}

// flushLater flushes what was changed, at most an interval after it was, until the store closes; Close does the rest.
func (s *Store) flushLater(ctx context.Context) {
	timer := time.NewTimer(s.options.SyncInterval)
	defer timer.Stop()
	for {
		select {
		case <-s.unflushed:
		case <-s.closing:
			return
		}
		timer.Reset(s.options.SyncInterval)
		select {
		case <-timer.C:
		case <-s.closing:
			return
		}
		if err := s.flushAll(context.WithoutCancel(ctx)); err != nil {
			s.options.Logger.LogAttrs(ctx, slog.LevelError, "session changes are not durable yet, trying again",
				slog.Any("error", wrap("flush", err)))
			s.wake()
		}
	}
}

// flushAll makes every change up to now durable, and returns the first error after trying all.
func (s *Store) flushAll(ctx context.Context) error {
	var first error
	for i := range s.shards {
		sh := &s.shards[i]
		if err := s.flushCopies(ctx, sh); err != nil && first == nil {
			first = err
		}
		if err := sh.flush(ctx, sh.pending.changes.Load()); err != nil && first == nil {
			first = err
		}
	}
	return first
}
