package pgstore

import (
	"hash/fnv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// statements are what a store says to the server, with its table's name in place. Each of Load, Save and Delete is one
// statement and one round trip.
//
// One condition covers records and tombstones: a row is there while its column expires is still to come.
type statements struct {
	load, insert, update, delete, deleteAndTell, sweep, list, listUser, size, count string
}

const columns = "version, created, seen, expires, deleted, owner, data"

var templates = statements{
	load: "SELECT " + columns + " FROM {table} WHERE key = $1",

	// What is still there, record or tombstone, refuses the insert.
	insert: `
		INSERT INTO {table} AS s (key, version, created, seen, expires, due, owner, data)
		VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
		ON CONFLICT (key) DO UPDATE SET version = excluded.version, created = excluded.created, seen = excluded.seen,
			expires = excluded.expires, due = excluded.due, deleted = NULL, owner = excluded.owner, data = excluded.data
		WHERE s.expires <= $8`,

	// A later end leaves the column due as it is, so that no index changes: the sweep looks too early, once.
	update: `
		UPDATE {table} SET version = $3, created = $4, seen = $5, expires = $6, due = least(due, $6), owner = $7, data = $8
		WHERE key = $1 AND version = $2 AND expires > $9 AND deleted IS NULL`,

	delete:        tombstone,
	deleteAndTell: "WITH gone AS (" + tombstone + " RETURNING key) SELECT pg_notify('{channel}', encode(key, 'hex')) FROM gone",

	// Rows that others are changing are left to the next sweep. Of those that are due, some were given a later end
	// since: they are due then.
	sweep: `
		WITH due AS MATERIALIZED (
			SELECT key FROM {table}
			WHERE due <= $1 AND (SELECT CASE WHEN $3 THEN pg_try_advisory_xact_lock($4) ELSE true END)
			ORDER BY due LIMIT $2
			FOR UPDATE SKIP LOCKED
		), later AS (
			UPDATE {table} s SET due = s.expires FROM due WHERE s.key = due.key AND s.expires > $1
		), gone AS (
			DELETE FROM {table} s USING due WHERE s.key = due.key AND s.expires <= $1 RETURNING s.key
		)
		SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM gone)`,

	list: "SELECT key, " + columns + ` FROM {table}
		WHERE key > $1 AND expires > $2 AND deleted IS NULL ORDER BY key LIMIT $3`,

	listUser: "SELECT key, " + columns + ` FROM {table}
		WHERE key > $1 AND expires > $2 AND deleted IS NULL AND sha256(owner) = sha256($4) AND owner = $4
		ORDER BY key LIMIT $3`,

	size: `
		SELECT coalesce(pg_relation_size(t) / current_setting('block_size')::int, 0), coalesce(pg_total_relation_size(t), 0)
		FROM to_regclass($1) t`,

	// With a seed it reads the same pages again, so that what is shown over time is what has changed.
	count: "SELECT count(*) FROM {table} TABLESAMPLE SYSTEM ($1::float8) REPEATABLE (1) WHERE expires > $2 AND deleted IS NULL",
}

// tombstone takes a record's place. Of two calls the later end holds, and the earlier moment.
const tombstone = `
		INSERT INTO {table} AS s (key, version, created, seen, expires, due, deleted, data)
		VALUES ($1, 0, $2, $2, $3, $3, $2, '')
		ON CONFLICT (key) DO UPDATE SET version = 0, created = excluded.created, seen = excluded.seen,
			expires = CASE WHEN s.deleted IS NULL THEN excluded.expires ELSE greatest(s.expires, excluded.expires) END,
			due = CASE WHEN s.deleted IS NULL THEN excluded.expires ELSE greatest(s.expires, excluded.expires) END,
			deleted = CASE WHEN s.expires > $2 THEN coalesce(s.deleted, $2) ELSE $2 END,
			owner = NULL, data = ''`

// forTable returns the statements for a table whose name is valid.
func forTable(table string) statements {
	s := templates
	for _, text := range []*string{&s.load, &s.insert, &s.update, &s.delete, &s.deleteAndTell, &s.sweep, &s.list, &s.listUser, &s.count} {
		*text = inTable(*text, table)
	}
	return s
}

// inTable puts the names of a table, and of what belongs to it, into a text.
func inTable(text, table string) string {
	schema, name, qualified := strings.Cut(table, ".")
	quote := func(name string) string { return pgx.Identifier{schema, name}.Sanitize() }
	if !qualified {
		schema, name = "", table
		quote = func(name string) string { return pgx.Identifier{name}.Sanitize() }
	}
	index := func(suffix string) string { return pgx.Identifier{name + suffix}.Sanitize() } // is where its table is
	return strings.NewReplacer(
		"{table}", quote(name),
		"{channel}", channel(table),
		"{migrations}", quote(name+"_migrations"),
		"{due}", index("_due"),
		"{owner}", index("_owner"),
	).Replace(text)
}

// channel is where the deletions of a table's sessions are told.
func channel(table string) string { return table }

// lockID returns the advisory lock for one kind of work on one table. Advisory locks are the database's, so the number
// is one that nobody else comes upon.
func lockID(work, table string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("proapi session/pgstore " + work + " " + table))
	return int64(h.Sum64()) //nolint:gosec // any 64 bits
}
