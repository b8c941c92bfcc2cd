package memstore

import (
	"context"
	"fmt"
	"time"
)

// sweepSlice is how many entries a sweep looks at before it lets others have the shard: some 50 microseconds.
const sweepSlice = 64

// Sweep removes every record and tombstone that has expired and returns how many there were. It looks at those alone, and
// at sessions that were to expire by now and have been used since. It never holds a shard for long, and ends early, with
// an error, when the context does.
func (s *Store) Sweep(ctx context.Context) (removed int, err error) {
	select {
	case <-s.stopped:
		return 0, fmt.Errorf("memstore: sweep: %w", ErrClosed)
	default:
	}
	now := time.Now().UnixMicro()
	for i := range s.shards {
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return removed, fmt.Errorf("memstore: sweep: %w", err)
			}
			var n int
			n, more = s.shards[i].sweep(now, sweepSlice)
			removed += n
			s.swept.Add(uint64(n)) //nolint:gosec // not negative
		}
	}
	s.sweeps.Add(1)
	return removed, nil
}

// reclaim makes room where it can: it removes what has expired by now, first in the given shard, and returns how much
// that was as soon as it was something.
func (s *Store) reclaim(first byte, now int64) (removed int) {
	for i := range s.shards {
		shard := &s.shards[(int(first)+i)%len(s.shards)]
		for more := true; more && removed == 0; {
			removed, more = shard.sweep(now, sweepSlice)
		}
	}
	return removed
}

// sweepEvery sweeps at each interval until the context ends.
func (s *Store) sweepEvery(ctx context.Context, interval time.Duration) {
	defer close(s.stopped)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_, _ = s.Sweep(ctx) // fails only when ctx has ended
		case <-ctx.Done():
			return
		}
	}
}
