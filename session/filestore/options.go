package filestore

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// Options configure a Store. The zero value of each field is its default.
type Options struct {
	// Directory is where the sessions are; it is created with mode 0700 where it is not there. Default "sessions", in
	// the working directory. It belongs neither in a directory for temporary files nor below one that is served.
	Directory string

	// Sync says when a change outlasts a power cut. Default SyncInterval.
	Sync Sync

	// SyncInterval is how much later, at most, a change is durable with Sync at SyncInterval. Default 1 second.
	SyncInterval time.Duration

	// SweepInterval is the time in which the whole directory is searched once for what has expired, shard by shard, so
	// that a million sessions cost some 2,000 small reads a second, and as many looks into the index. Default 10 minutes; below 0 nothing is swept unless
	// Sweep is called.
	SweepInterval time.Duration

	// CacheBytes bounds the memory for sessions that were read and have not changed since. Default 32 MiB; below 0
	// nothing is kept.
	CacheBytes int64

	// Logger gets a warning for each broken file, and what goes wrong in the background. Default slog.Default().
	Logger *slog.Logger
}

// Sync says when a change outlasts a power cut; the package's documentation says what each costs and gives.
type Sync int

// The ways to sync. The names are the values of the backend option "sync": "interval", "always", "none".
const (
	SyncInterval Sync = iota // at most Options.SyncInterval later
	SyncAlways               // before Save and Delete return
	SyncNone                 // when the system pleases
)

var syncNames = []string{SyncInterval: "interval", SyncAlways: "always", SyncNone: "none"}

// String returns the name of the option's value.
func (s Sync) String() string {
	if s < 0 || int(s) >= len(syncNames) {
		return fmt.Sprintf("Sync(%d)", int(s))
	}
	return syncNames[s]
}

// Open opens the backend "file" from its options: "directory", "sync", "sync_interval", "sweep_interval" and
// "cache_bytes", as the fields of Options; an absent one, and a 0, is the default.
func Open(options store.BackendOptions, logger *slog.Logger) (store.Store, error) {
	r := options.Read("file")
	o := Options{
		Directory:     r.String("directory", ""),
		SyncInterval:  r.Duration("sync_interval", 0),
		SweepInterval: r.Duration("sweep_interval", 0),
		CacheBytes:    int64(r.Int("cache_bytes", 0)),
		Logger:        logger,
	}
	name := r.OneOf("sync", syncNames...)
	for i := range syncNames {
		if syncNames[i] == name {
			o.Sync = Sync(i)
		}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return New(o)
}

// withDefaults returns the options with each default in its place, and every mistake in them.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	if o.Sync < 0 || int(o.Sync) >= len(syncNames) {
		errs = append(errs, fmt.Errorf("filestore: Sync is %v: it takes SyncInterval, SyncAlways or SyncNone", o.Sync))
	}
	if o.Sync == SyncAlways && !canSyncDirectory {
		errs = append(errs, errors.New(`filestore: Sync cannot be SyncAlways ("always") on a system that cannot flush a directory: use SyncInterval ("interval")`))
	}
	if o.SyncInterval < 0 {
		errs = append(errs, fmt.Errorf("filestore: SyncInterval is %v: it takes a duration above 0", o.SyncInterval))
	}
	o.Directory = filepath.Clean(cmp.Or(o.Directory, "sessions")) // Lstat of "link/" would look behind the link
	o.SyncInterval = cmp.Or(o.SyncInterval, time.Second)
	o.SweepInterval = cmp.Or(o.SweepInterval, 10*time.Minute)
	o.CacheBytes = cmp.Or(o.CacheBytes, 32<<20)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return o, errors.Join(errs...)
}
