// Package pgstore keeps sessions in a table of PostgreSQL, version 13 or later, that several processes share.
//
// Importing the package makes the backend known by its name:
//
//	import _ "github.com/proapi-go/proapi/session/pgstore"
//
//	manager, err := session.New(session.Options{
//		Backend:        "postgres",
//		BackendOptions: session.BackendOptions{"url": os.Getenv("DATABASE_URL")},
//	})
//
// [Open] lists the options. Or, on a pool of your own, which pgxpool.New makes:
//
//	s, err := pgstore.New(pool, pgstore.Options{Table: "web.sessions"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer s.Close()
//	if err := s.Migrate(ctx); err != nil {
//		log.Fatal(err)
//	}
//	manager, err := session.New(session.Options{Store: s})
//
// # The table
//
// Migrate runs this, in one transaction, with the table's name in place of proapi_sessions; so may an administrator:
//
//	CREATE TABLE IF NOT EXISTS "proapi_sessions_migrations" (version int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now());
//	CREATE TABLE "proapi_sessions" (
//		version bigint      NOT NULL, -- grows by one at each save; 0 of a tombstone
//		created timestamptz NOT NULL,
//		seen    timestamptz NOT NULL,
//		expires timestamptz NOT NULL, -- until when the row counts, record or tombstone
//		due     timestamptz NOT NULL, -- when the sweep looks at the row; never after expires
//		deleted timestamptz,          -- when a tombstone was made
//		key     bytea       NOT NULL PRIMARY KEY,
//		owner   bytea,                -- the session's user, in UTF-8; NULL is nobody
//		data    bytea       NOT NULL  -- the session's values, opaque
//	) WITH (
//		fillfactor = 80,
//		autovacuum_vacuum_scale_factor = 0.05,
//		vacuum_truncate = false,
//		toast.autovacuum_vacuum_scale_factor = 0.05,
//		toast.vacuum_truncate = false
//	);
//	ALTER TABLE "proapi_sessions" ALTER COLUMN data SET STORAGE EXTERNAL;
//	CREATE INDEX "proapi_sessions_due" ON "proapi_sessions" (due);
//	CREATE INDEX "proapi_sessions_owner" ON "proapi_sessions" (sha256(owner), key) WHERE owner IS NOT NULL;
//	INSERT INTO "proapi_sessions_migrations" (version) VALUES (1);
//
// A role that only uses the store needs SELECT, INSERT, UPDATE and DELETE on the table, and SELECT on the other, which
// Migrate reads. TRUNCATE of the table ends every session.
//
// A save that changes a session touches no indexed column, and the page has room for it: it is a heap-only update, which
// leaves nothing for a vacuum to do. The column due stays behind while a session is used. The sweep finds such a row too
// early, and puts it off. The values are stored as they are, uncompressed, and out of the row where they are past 2 kB.
//
// # What a crash costs
//
// A save is answered when it is committed. What a crash of the server may take back is the administrator's to choose:
//
//   - As PostgreSQL comes (synchronous_commit=on), nothing.
//   - With synchronous_commit=off, the saves and deletes of the last moments (three times wal_writer_delay, 0.6 s), and
//     nothing else: no session is torn, but one that had been ended may be alive again. It can be set for these
//     connections alone, by &synchronous_commit=off in the url, and saves the wait for the disk.
//   - With the option unlogged, every session: the table is emptied after a crash, though not after an orderly stop. It
//     is not on replicas either, so a failover logs everyone out. It saves writing to the log at all.
//
// A replica that took over may lack the last commits, unless it is synchronous (synchronous_standby_names). Then set no
// statement_timeout for the store's role: PostgreSQL answers a statement that it stops in the wait for the replica with
// success. A statement that the store stops, at Options.Timeout, is an error whatever the answer. A url with both hosts and
// target_session_attrs=read-write finds the one that took over.
//
// # Outages
//
// Each call succeeds or fails within Options.Timeout. What failed in another way than by an answer of the contract leaves
// open whether it had an effect. A Load is tried again where its connection was lost, and so is a Delete; a Save only where
// the server certainly did nothing: it was not sent, or was rolled back (a deadlock, a transaction that could not be
// serialized, a prepared statement that the table has outgrown). A second Save after one that did its work would be refused,
// and its caller would make the change twice.
//
// Where a connection is lost, Open's pool gives up the others, as they are most often lost too; a pool of yours finds out
// by itself, at one failed call each, except for those that had been idle for a second. A server that has become read-only
// is left at the next Save: with several hosts and target_session_attrs=read-write in the url, the next connection leads
// to its successor. Open's statements are cancelled on the server when their time is over.
//
// Whether a record is there is decided by the clock of the process, as everywhere in this module: the clocks of the
// processes have to agree as well as NTP makes them. The server's is not asked.
//
// # Poolers
//
// With PgBouncer in transaction mode, add &default_query_exec_mode=exec to the url, or, from PgBouncer 1.21 on, set its
// max_prepared_statements and add nothing. Nothing else is needed: no call depends on a session of the server's, and the locks
// are those of transactions. Only Watch needs a connection to the server itself; by a pooler it fails, and says so.
//
// # Telling of deletions
//
// Delete notifies in its own statement, so that nothing that is deleted goes untold: NOTIFY, on a channel named like the
// table, with the key in hexadecimal. PostgreSQL commits one such transaction at a time, each with its wait for the disk: at
// a millisecond, no more than 1,000 logins and logouts in a second. Where that is too few and nobody watches, set the
// option notify to false; or let these connections not wait, by synchronous_commit=off.
package pgstore
