package pgstore

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

// What the zero value of each option stands for.
const (
	DefaultTable         = "proapi_sessions"
	DefaultTimeout       = 2 * time.Second
	DefaultSweepInterval = time.Minute
)

// Options configure a Store. The zero value of each field is its default.
type Options struct {
	// Table is the table's name, "sessions" or "schema.sessions": lower-case letters, digits and _, 40 of them at most.
	// Without a schema it is found by the connection's search_path. All processes that share sessions write it alike,
	// as deletions are told under this name. Default DefaultTable.
	Table string

	// Unlogged makes Migrate create the table UNLOGGED. The package's documentation says what that gives and costs. A
	// table that is there already stays as it is.
	Unlogged bool

	// Timeout bounds each Load, Save, Delete and Import, retries and waiting for a connection included, and each batch
	// of a list; a context that ends earlier holds too. Default DefaultTimeout.
	Timeout time.Duration

	// SweepInterval is how often what has expired is removed, by one of the processes that share the table. Default
	// DefaultSweepInterval; below 0 nothing is swept unless Sweep is called.
	SweepInterval time.Duration

	// NoNotify makes Delete tell nobody, and Watch fail, where nobody watches and many sessions end in a second: PostgreSQL
	// lets one transaction that notifies commit at a time, in all databases of a server. All processes set it alike.
	NoNotify bool

	// Logger gets what goes wrong in the background. Default slog.Default().
	Logger *slog.Logger
}

// tableName leaves room for what is added to a name, within PostgreSQL's 63 bytes; a channel has both parts.
var tableName = regexp.MustCompile(`^([a-z_][a-z0-9_]{0,19}\.)?[a-z_][a-z0-9_]{0,39}$`)

// withDefaults returns the options with each default in its place, and every mistake in them.
func (o Options) withDefaults() (Options, error) {
	o.Table = cmp.Or(o.Table, DefaultTable)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.SweepInterval = cmp.Or(o.SweepInterval, DefaultSweepInterval)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	var errs []error
	if !tableName.MatchString(o.Table) {
		errs = append(errs, fmt.Errorf("pgstore: Table is %q: it takes a name of lower-case letters, digits and _, at most 40 of them, "+
			"with or without a schema of at most 20 before it: sessions, web.sessions", o.Table))
	}
	if o.Timeout < minTimeout {
		errs = append(errs, fmt.Errorf("pgstore: Timeout is %v: it takes a duration of at least %v, or 0 for %v", o.Timeout, minTimeout, DefaultTimeout))
	}
	return o, errors.Join(errs...)
}

// minTimeout is time enough for one answer of a server that is not far away.
const minTimeout = 10 * time.Millisecond
