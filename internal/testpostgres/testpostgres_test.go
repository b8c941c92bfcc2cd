package testpostgres_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/proapi-go/proapi/internal/testpostgres"
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

func TestDatabasesAreApart(t *testing.T) {
	one, other := connect(t, testpostgres.Database(t)), connect(t, testpostgres.Database(t))
	run(t, one, "CREATE TABLE here ()")
	run(t, other, "CREATE TABLE here ()") // which would exist
}

func TestRestartFindsWhatWasCommitted(t *testing.T) {
	s := testpostgres.Start(t)
	run(t, connect(t, s.URL("postgres")), "CREATE TABLE here ()")
	s.Stop(t)
	if conn, err := pgx.Connect(t.Context(), s.URL("postgres")); err == nil {
		_ = conn.Close(t.Context())
		t.Error("a server that was stopped answers")
	}
	s.Restart(t, "default_transaction_read_only=on")
	conn := connect(t, s.URL("postgres"))
	run(t, conn, "TABLE here")
	if _, err := conn.Exec(t.Context(), "DROP TABLE here"); err == nil {
		t.Error("the setting of the restart has no effect")
	}
}

func TestServerListensOnASocket(t *testing.T) {
	s := testpostgres.Start(t)
	conn := connect(t, s.URL("postgres")+"&host="+s.Socket())
	run(t, conn, "SELECT 1 / (inet_client_addr() IS NULL)::int")
}

func TestStandbyTakesOver(t *testing.T) {
	p := testpostgres.StartPair(t)
	run(t, connect(t, p.URL("postgres")), "CREATE TABLE here ()")
	standby := connect(t, p.Standby.URL("postgres"))
	run(t, standby, "TABLE here")
	if _, err := standby.Exec(t.Context(), "DROP TABLE here"); err == nil {
		t.Error("the standby takes changes")
	}
	for range 2 {
		p.FailOver(t)
		p.Rejoin(t)
		run(t, connect(t, p.URL("postgres")), "TABLE here")
		run(t, connect(t, p.URL("postgres")), "INSERT INTO here DEFAULT VALUES")
	}
	run(t, connect(t, p.Standby.URL("postgres")), "SELECT 1 / (count(*) - 1) FROM here") // two
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Error(err)
	}
}
