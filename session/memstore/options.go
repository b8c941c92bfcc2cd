package memstore

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// What the zero value of each option stands for.
const (
	DefaultMaxSessions   = 1_000_000
	DefaultMaxBytes      = 1 << 30 // 1 GiB
	DefaultSweepInterval = time.Minute
)

// maxSessions keeps what lands in one shard, and in one size of slots there, within a ref's bits.
const maxSessions = 1 << 32

// Options bound a [Store]. The zero value of each is its default.
type Options struct {
	// MaxSessions is how many records and tombstones there may be at a time: a session that was ended counts until its
	// tombstone expires. The default is DefaultMaxSessions; at most 2^32.
	MaxSessions int

	// MaxBytes is how many bytes they may hold. A record counts its user, its values and 76 bytes for its key and times,
	// rounded up to the size of a slot (by a quarter at the very most), 32 bytes for its places in the index and in the
	// queue of what expires, and 16 for the index by user where it has one; a tombstone counts 112 bytes. The process's
	// memory is more, by what the garbage collector leaves (see GOGC in package runtime). The default is DefaultMaxBytes.
	MaxBytes int64

	// SweepInterval is how often what has expired is removed. Until then it takes room, and is not there to any
	// method. The default is DefaultSweepInterval.
	SweepInterval time.Duration
}

// Open makes a store as the backend "memory", from the options max_sessions, max_bytes (whole numbers) and
// sweep_interval (a duration); see [Options], and [store.BackendOptions] for what fits. An option that is 0 or absent has
// its default. Nothing is logged: what a store has to say is in its errors.
func Open(o store.BackendOptions, _ *slog.Logger) (store.Store, error) {
	r := o.Read("memory")
	options := Options{
		MaxSessions:   r.Int("max_sessions", 0),
		MaxBytes:      int64(r.Int("max_bytes", 0)),
		SweepInterval: r.Duration("sweep_interval", 0),
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("memstore: %w", err)
	}
	s, err := New(options)
	if err != nil {
		return nil, err // not s: a nil *Store in an interface is not nil
	}
	return s, nil
}

func (o Options) withDefaults() (Options, error) {
	err := errors.Join(
		negative("MaxSessions", o.MaxSessions, DefaultMaxSessions),
		negative("MaxBytes", o.MaxBytes, DefaultMaxBytes),
		negative("SweepInterval", o.SweepInterval, DefaultSweepInterval),
	)
	if int64(o.MaxSessions) > maxSessions {
		err = errors.Join(err, fmt.Errorf("memstore: MaxSessions is %d: at most %d", o.MaxSessions, int64(maxSessions)))
	}
	if err != nil {
		return Options{}, err
	}
	o.MaxSessions = orDefault(o.MaxSessions, DefaultMaxSessions)
	o.MaxBytes = orDefault(o.MaxBytes, DefaultMaxBytes)
	o.SweepInterval = orDefault(o.SweepInterval, DefaultSweepInterval)
	return o, nil
}

func negative[T int | int64 | time.Duration](option string, v, def T) error {
	if v >= 0 {
		return nil
	}
	return fmt.Errorf("memstore: %s is %v: give a value above 0, or 0 for the default, %v", option, v, def)
}

func orDefault[T int | int64 | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}
