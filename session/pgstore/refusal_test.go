package pgstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

// backend returns the server's number for the connection of the application "waiting".
func backend(tb testing.TB, pool *pgxpool.Pool) (pid int) {
	tb.Helper()
	err := pool.QueryRow(tb.Context(), "SELECT pid FROM pg_stat_activity WHERE application_name = 'waiting'").Scan(&pid)
	if err != nil {
		tb.Fatal(err)
	}
	return pid
}

func TestWrongPasswordIsAnErrorThatDoesNotTellIt(t *testing.T) {
	t.Parallel()
	url := strings.Replace(testpostgres.Database(t), "correct-horse", "wrong-horse", 1)
	s := opened(t, session.BackendOptions{"url": url, "migrate": false, "timeout": "1s"})
	started := time.Now()
	_, err := s.Load(t.Context(), newKey())
	wantFailure(t, "Load", err, time.Since(started), time.Second+slack)
	if err == nil || !strings.Contains(err.Error(), "28P01") || strings.Contains(err.Error(), "wrong-horse") {
		t.Errorf("Load returned %v, want SQLSTATE 28P01, and not the password", err)
	}
}

func TestReplicaIsReadAndLeftForAServerThatWrites(t *testing.T) {
	t.Parallel()
	server := testpostgres.Start(t)
	s := opened(t, session.BackendOptions{"url": server.URL("postgres"), "table": "replicated"})
	key, rec := saved(t, s, "x")
	admin := connect(t, server.URL("postgres"))
	sql(t, admin, "ALTER ROLE postgres SET default_transaction_read_only = on")
	server.Stop(t)
	server.Restart(t)
	wantValues(t, s, key, 1, "x")
	err := s.Save(t.Context(), key, rec)
	wantFailure(t, "Save", err, 0, slack)
	if err == nil || !strings.Contains(err.Error(), "replica") {
		t.Errorf("Save returned %v, want what may be the cause", err)
	}
	_, err = connect(t, server.URL("postgres")).Exec(t.Context(), "BEGIN READ WRITE; ALTER ROLE postgres RESET default_transaction_read_only; COMMIT")
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, key, &rec) // on a new connection
}

func TestTooManyConnectionsIsAnErrorUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	server := testpostgres.Start(t, "max_connections=5", "superuser_reserved_connections=0", "max_wal_senders=0")
	others := connect(t, server.URL("postgres")+"&pool_max_conns=6")
	key, _ := saved(t, fresh(t, others, pgstore.Options{Table: pgstore.DefaultTable}), "x")
	var taken []*pgxpool.Conn
	for {
		conn, err := others.Acquire(t.Context())
		if err != nil {
			break
		}
		taken = append(taken, conn)
	}
	s := opened(t, session.BackendOptions{"url": server.URL("postgres"), "migrate": false, "timeout": "1s"})
	started := time.Now()
	_, err := s.Load(t.Context(), key)
	wantFailure(t, "Load", err, time.Since(started), time.Second+slack)
	if err == nil || !strings.Contains(err.Error(), "53300") {
		t.Errorf("Load returned %v, want SQLSTATE 53300", err)
	}
	for _, conn := range taken {
		conn.Release()
	}
	others.Reset()
	eventually(t, func() bool { _, err := s.Load(t.Context(), key); return err == nil })
}

func TestTimeoutOfTheServersIsAnError(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	s := opened(t, session.BackendOptions{"url": url + "&lock_timeout=50ms", "table": "locked"})
	pool := connect(t, url)
	key, rec := saved(t, s, "x")
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM locked FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	err = s.Save(t.Context(), key, rec)
	wantFailure(t, "Save", err, time.Since(started), slack)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	save(t, s, key, &rec)
}
