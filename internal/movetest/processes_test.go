package movetest_test

import (
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	_ "github.com/proapi-go/proapi/session/pgstore"
	_ "github.com/proapi-go/proapi/session/redisstore"
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

// TestProcess is one of the processes that the test below starts.
func TestProcess(t *testing.T) { movetest.Serve(t) }

// sessionsEnv is how many sessions the test below moves; 1,500 where it is not set.
const sessionsEnv = "PROAPI_MOVE_SESSIONS"

// TestFromFilesToRedisToPostgreSQL moves an application of two processes by its options alone, from one machine's directory to
// Redis, and from there to PostgreSQL. In full size:
//
//	PROAPI_MOVE_SESSIONS=100000 go test -v -run FromFiles -timeout 2h ./internal/movetest
func TestFromFilesToRedisToPostgreSQL(t *testing.T) {
	m := movetest.Move{Processes: 2, Sessions: 1500}
	if text := os.Getenv(sessionsEnv); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("%s is %q: it takes a number of sessions", sessionsEnv, text)
		}
		m.Sessions, m.Clients, m.Between = n, 16, min(n, 20_000)
	}
	directory := t.TempDir() + "/sessions"
	file, redis := "file:"+directory+"?sync=none", "redis://"+testredis.Start(t).Addr()
	postgres := testpostgres.Database(t)

	start := func(backend string, o session.BackendOptions) func(*testing.T) movetest.Process {
		return func(t *testing.T) movetest.Process { t.Helper(); return movetest.Outside(t, backend, o) }
	}
	move := func(from, to string) (prepare, change movetest.Step) {
		by := func(phase string) session.BackendOptions {
			return session.BackendOptions{"phase": phase, "from": slow(t, from), "to": slow(t, to)}
		}
		prepare = movetest.Step{Name: "prepare", Start: start("migrating", by("prepare"))}
		change = movetest.Step{Name: "switch", Start: start("migrating", by("switch")), Copy: func(t *testing.T) (_, _ session.Store) {
			t.Helper()
			return open(t, slow(t, from)), open(t, slow(t, to))
		}}
		return prepare, change
	}
	toRedis, redisFirst := move(file, redis)
	toPostgres, postgresFirst := move(redis, postgres)
	m.Steps = []movetest.Step{
		{Name: "files", Start: start("file", session.BackendOptions{"directory": directory, "sync": "none"})},
		toRedis, redisFirst,
		{Name: "Redis", Start: start("redis", session.BackendOptions{"url": redis, "timeout": patience})},
		toPostgres, postgresFirst,
		{Name: "PostgreSQL", Start: start("postgres", session.BackendOptions{"url": postgres, "timeout": patience})},
	}
	movetest.Run(t, m)
}

// patience is how long a server may take on a machine that does other things as well: here every request has to succeed.
const patience = "20s"

// slow adds it to a server's URL.
func slow(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme == "file" {
		return address
	}
	q := u.Query()
	q.Set("timeout", patience)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t *testing.T, address string) session.Store {
	t.Helper()
	s, err := session.OpenURL(address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
