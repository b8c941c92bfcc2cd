package pgstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// migrations are the steps from no table to the one that this version uses. A step that was released never changes. It
// leaves a table that the program before it can go on using, for both run while an application is deployed.
var migrations = []string{
	`CREATE {unlogged}TABLE {table} (
	version bigint      NOT NULL, -- grows by one at each save; 0 of a tombstone
	created timestamptz NOT NULL,
	seen    timestamptz NOT NULL,
	expires timestamptz NOT NULL, -- until when the row counts, record or tombstone
	due     timestamptz NOT NULL, -- when the sweep looks at the row; never after expires
	deleted timestamptz,          -- when a tombstone was made
	key     bytea       NOT NULL PRIMARY KEY,
	owner   bytea,                -- the session's user, in UTF-8; NULL is nobody
	data    bytea       NOT NULL  -- the session's values, opaque
) WITH (
	fillfactor = 80,
	autovacuum_vacuum_scale_factor = 0.05,
	vacuum_truncate = false,
	toast.autovacuum_vacuum_scale_factor = 0.05,
	toast.vacuum_truncate = false
);
ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX {due} ON {table} (due);
CREATE INDEX {owner} ON {table} (sha256(owner), key) WHERE owner IS NOT NULL;`,
}

// migrateTimeout bounds Migrate, which may wait for another process that migrates.
const migrateTimeout = time.Minute

// Migrate makes the table, its indexes and a small table named after it ("…_migrations") that says which version it is
// of, or brings them up to date. Where they are, it changes nothing and needs no right to. It may be called by several
// processes at the same time: one does the work, the others wait for it. It does all or nothing, within a minute.
//
// A table that a later version of this package has brought up to date is taken as it is. The schema has to be there.
func (s *Store) Migrate(ctx context.Context) error {
	if s.closed() {
		return wrap("migrate", errClosed)
	}
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	err := s.migrate(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return wrap("migrate", contextError(ctx, err))
	case isCode(err, notAllowed):
		return fmt.Errorf("pgstore: migrate: %w: give the role CREATE on the schema, this once, or let an administrator run what "+
			"the documentation of package pgstore lists", bare(err))
	}
	return wrap("migrate", bare(err))
}

func (s *Store) migrate(ctx context.Context) error {
	current, err := s.isCurrent(ctx)
	if err != nil {
		return err
	}
	if !current {
		if err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return s.migrateAlone(ctx, tx) }); err != nil {
			return err
		}
	}
	return s.compareLogged(ctx)
}

// isCurrent reports whether there is nothing to do, as it looks.
func (s *Store) isCurrent(ctx context.Context) (bool, error) {
	var found bool
	err := s.pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", inTable("{migrations}", s.options.Table)).Scan(&found)
	if err != nil || !found {
		return false, err
	}
	version, err := s.version(ctx, s.pool)
	return version >= len(migrations), err
}

// migrateAlone does what is left to do once no other process does it. The table that it begins with is created, or
// not, rather than looked for: within a transaction to_regclass may not see what another has created meanwhile.
func (s *Store) migrateAlone(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", lockID("migrate", s.options.Table)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, inTable(versions, s.options.Table)); err != nil {
		return err
	}
	version, err := s.version(ctx, tx)
	if err != nil || version >= len(migrations) {
		return err
	}
	for _, step := range s.steps(version) {
		if _, err := tx.Exec(ctx, step, pgx.QueryExecModeSimpleProtocol); err != nil { // several statements each
			return err
		}
	}
	return nil
}

// versions is where it stands which migrations were made.
const versions = "CREATE TABLE IF NOT EXISTS {migrations} (version int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now());"

// steps are the statements that migrate from a version on.
func (s *Store) steps(version int) (steps []string) {
	unlogged := ""
	if s.options.Unlogged {
		unlogged = "UNLOGGED "
	}
	for i := version; i < len(migrations); i++ {
		step := migrations[i] + fmt.Sprintf("\nINSERT INTO {migrations} (version) VALUES (%d);", i+1)
		steps = append(steps, strings.ReplaceAll(inTable(step, s.options.Table), "{unlogged}", unlogged))
	}
	return steps
}

// A querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version returns the version that the table is of, 0 where there is none.
func (s *Store) version(ctx context.Context, q querier) (version int, err error) {
	err = q.QueryRow(ctx, inTable("SELECT coalesce(max(version), 0) FROM {migrations}", s.options.Table)).Scan(&version)
	return version, err
}

// compareLogged says where a table that is there is not as the options want it: to make it so rewrites it, while nobody
// can use it, which is for somebody to decide.
func (s *Store) compareLogged(ctx context.Context) error {
	var unlogged bool
	table := inTable("{table}", s.options.Table)
	err := s.pool.QueryRow(ctx, "SELECT relpersistence = 'u' FROM pg_class WHERE oid = to_regclass($1)", table).Scan(&unlogged)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("the table %s is gone, and %s says that it was made: drop that as well", table, inTable("{migrations}", s.options.Table))
	case err != nil:
		return err
	case unlogged != s.options.Unlogged:
		s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "the sessions' table stays as it is, though the option unlogged is another: "+
			"ALTER TABLE … SET LOGGED or SET UNLOGGED changes it, and locks it meanwhile",
			slog.String("table", s.options.Table), slog.Bool("unlogged", unlogged))
	}
	return nil
}
