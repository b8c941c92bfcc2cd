package pgstore_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

func TestEightProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	var all sync.WaitGroup
	start := make(chan struct{})
	for range 8 {
		all.Go(func() {
			<-start
			s, err := pgstore.Open(session.BackendOptions{"url": url, "max_conns": 2}, discard(nil))
			if err != nil {
				t.Error(err)
				return
			}
			closeLater(t, s.(*pgstore.Store))
			saved(t, s, "x")
		})
	}
	close(start)
	all.Wait()
	pool := connect(t, url)
	if n := count(t, pool, pgstore.DefaultTable); n != 8 {
		t.Errorf("%d sessions are stored, want 8", n)
	}
	if n := count(t, pool, pgstore.DefaultTable+"_migrations"); n != 1 {
		t.Errorf("%d migrations were recorded, want 1", n)
	}
}

// A role that may use the table and nothing else is what a careful administrator gives the application.
func TestMigrateNeedsNoRightsWhereNothingIsToDo(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	pool := connect(t, url)
	fresh(t, pool, pgstore.Options{Table: "web_sessions"})
	sql(t, pool, `CREATE ROLE clerk LOGIN PASSWORD 'clerk'`)
	t.Cleanup(func() { sql(t, pool, `DROP OWNED BY clerk; DROP ROLE clerk`) })
	sql(t, pool, `REVOKE CREATE ON SCHEMA public FROM PUBLIC`) // as from PostgreSQL 15
	sql(t, pool, `GRANT SELECT, INSERT, UPDATE, DELETE ON web_sessions TO clerk`)
	sql(t, pool, `GRANT SELECT ON web_sessions_migrations TO clerk`)
	clerk := strings.Replace(url, "postgres:correct-horse", "clerk:clerk", 1)

	s := opened(t, session.BackendOptions{"url": clerk, "table": "web_sessions"})
	key, rec := saved(t, s, "x")
	save(t, s, key, &rec)
	if err := s.Delete(t.Context(), key, rec.Expires); err != nil {
		t.Error(err)
	}
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}

	_, err := pgstore.Open(session.BackendOptions{"url": clerk, "table": "other"}, discard(nil))
	if err == nil || !strings.Contains(err.Error(), "CREATE on the schema") {
		t.Errorf("Open without the right to create returned %v, want what to do", err)
	}
}

func TestTableInASchema(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	sql(t, pool, "CREATE SCHEMA web")
	s := fresh(t, pool, pgstore.Options{Table: "web.sessions"})
	saved(t, s, "x")
	if n := count(t, pool, "web.sessions"); n != 1 {
		t.Errorf("%d sessions in web.sessions, want 1", n)
	}
}

func TestTableOfALaterVersionIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "later"})
	sql(t, pool, "INSERT INTO later_migrations (version) VALUES (1000)")
	sql(t, pool, "ALTER TABLE later ADD COLUMN more int")
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	key, _ := saved(t, s, "x")
	wantValues(t, s, key, 1, "x")
}

func TestMissingTableSaysHowToMakeIt(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s, err := pgstore.New(pool, pgstore.Options{Table: "absent", Logger: discard(nil)})
	if err != nil {
		t.Fatal(err)
	}
	closeLater(t, s)
	if err := s.Save(t.Context(), newKey(), record("x")); err == nil || !strings.Contains(err.Error(), "Migrate") {
		t.Errorf("Save without a table returned %v, want what to do", err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	sql(t, pool, "DROP TABLE absent")
	if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "absent_migrations") {
		t.Errorf("Migrate of a dropped table returned %v, want what to do", err)
	}
}

func TestUnloggedIsForNewTables(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	var log strings.Builder
	o := pgstore.Options{Table: "fast", Unlogged: true, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	fresh(t, pool, o)
	if n := count(t, pool, "pg_class WHERE relname = 'fast' AND relpersistence = 'u'"); n != 1 {
		t.Error("the table is not unlogged")
	}
	if log.Len() > 0 {
		t.Errorf("the log says %s", &log)
	}
	o.Unlogged = false
	fresh(t, pool, o)
	if n := count(t, pool, "pg_class WHERE relname = 'fast' AND relpersistence = 'u'"); n != 1 {
		t.Error("a table that was there was rewritten")
	}
	if !strings.Contains(log.String(), "SET LOGGED") {
		t.Errorf("the log says %s, want what would change it", &log)
	}
}

// A migration may change the type of a column under statements that are prepared.
func TestPreparedStatementsOutliveAChangeOfTheTable(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t)+"&pool_max_conns=1")
	s := fresh(t, pool, pgstore.Options{Table: "changing"})
	key, rec := saved(t, s, "x")
	save(t, s, key, &rec)
	wantValues(t, s, key, 2, "x")
	sql(t, pool, "ALTER TABLE changing ALTER COLUMN version TYPE numeric")
	wantValues(t, s, key, 2, "x")
	save(t, s, key, &rec)
	sql(t, pool, "DISCARD ALL") // as a pooler says between two clients
	wantValues(t, s, key, 3, "x")
	save(t, s, key, &rec)
}
