package pgstore

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	sweepBatch   = 1000             // rows looked at in one statement
	sweepTimeout = 30 * time.Second // of one statement, for which nobody waits
)

// Sweep removes the records and tombstones that have ended, in batches, and returns how many. What another call is
// changing, or sweeping, at the moment is left to that call or to the next sweep.
func (s *Store) Sweep(ctx context.Context) (removed int, err error) {
	removed, err = s.sweep(ctx, false)
	return removed, wrap("sweep", err)
}

// sweepAlways sweeps at the store's interval, unless another process is at it, until the store closes.
func (s *Store) sweepAlways() {
	ctx, stop := s.untilClosed(context.Background())
	defer stop()
	ticker := time.NewTicker(s.options.SweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.closing:
			return
		}
		if _, err := s.sweep(ctx, true); err != nil && !s.closed() {
			s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "sessions that have ended cannot be removed",
				slog.Any("error", wrap("sweep", err)))
		}
	}
}

// sweep removes batch after batch. One that is to be alone does nothing while another such one is at work: the lock is
// that of the batch's statement, and nothing is left locked by a process that dies.
func (s *Store) sweep(ctx context.Context, alone bool) (removed int, err error) {
	for {
		if s.closed() {
			return removed, errClosed
		}
		looked, gone, err := s.sweepSome(ctx, alone)
		removed += gone
		s.swept.Add(uint64(gone)) //nolint:gosec // not negative
		if err != nil {
			return removed, err
		}
		if looked < sweepBatch {
			s.sweeps.Add(1)
			return removed, nil
		}
	}
}

func (s *Store) sweepSome(ctx context.Context, alone bool) (looked, gone int, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	err = s.pool.QueryRow(ctx, s.sql.sweep, time.Now(), sweepBatch, alone, lockID("sweep", s.options.Table)).Scan(&looked, &gone)
	if err != nil && ctx.Err() != nil {
		return 0, 0, contextError(ctx, err)
	}
	return looked, gone, bare(err)
}

// untilClosed returns a context that also ends when the store closes. Its goroutine ends with it, or with the function
// that is to be called when the context is no longer needed.
func (s *Store) untilClosed(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		select {
		case <-s.closing:
			cancel(errClosed)
		case <-ended:
		}
	}()
	return ctx, func() { close(ended); cancel(errors.New("pgstore: done")) }
}
