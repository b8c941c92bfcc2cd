package pgstore_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session/pgstore"
)

// fill stores n rows that have ended, and as many that have not, some of each of them tombstones.
func fill(tb testing.TB, pool *pgxpool.Pool, table string, n int) {
	tb.Helper()
	sql(tb, pool, strings.ReplaceAll(`INSERT INTO {table} (version, created, seen, expires, due, deleted, key, owner, data)
		SELECT CASE WHEN i % 3 = 0 THEN 0 ELSE 1 END, now(), now(), e, e, CASE WHEN i % 3 = 0 THEN now() END,
			sha256(i::text::bytea), NULL, 'x'
		FROM generate_series(1, 2 * $1) i, LATERAL (SELECT now() + CASE WHEN i <= $1 THEN -1 ELSE 1 END * interval '1 hour' AS e) e`,
		"{table}", table), n)
}

func TestTwoProcessesSweepEachRowOnce(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	pool, other := connect(t, url), connect(t, url)
	const ended = 5500 // several batches, and a part of one
	stores := []*pgstore.Store{fresh(t, pool, pgstore.Options{Table: "swept"}), fresh(t, other, pgstore.Options{Table: "swept"})}
	fill(t, pool, "swept", ended)
	var removed atomic.Int64
	var all sync.WaitGroup
	for _, s := range stores {
		all.Go(func() {
			n, err := s.Sweep(t.Context())
			if err != nil {
				t.Error(err)
			}
			removed.Add(int64(n))
		})
	}
	all.Wait()
	if n, left := removed.Load(), count(t, pool, "swept"); n != ended || left != ended {
		t.Errorf("%d rows were removed and %d are left, want %d of both", n, left, ended)
	}
}

// A row that a request has locked is not waited for.
func TestSweepPassesByWhatIsInUse(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "swept"})
	fill(t, pool, "swept", 10)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM swept WHERE key = sha256('1') FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	wantSweep(t, s, 9)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSweep(t, s, 1)
}

// The column that the sweep goes by stays behind while a session is used: what is alive is put off, not removed.
func TestSweepPutsOffWhatWasUsedMeanwhile(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "swept"})
	key, rec := newKey(), record("x")
	rec.Expires = time.Now().Add(time.Hour)
	save(t, s, key, &rec)
	rec.Expires = rec.Expires.Add(time.Hour)
	save(t, s, key, &rec)
	if n := count(t, pool, "swept WHERE due < expires"); n != 1 {
		t.Error("the save has changed an indexed column")
	}
	sql(t, pool, "UPDATE swept SET due = now()")
	wantSweep(t, s, 0)
	wantValues(t, s, key, 2, "x")
	if n := count(t, pool, "swept WHERE due = expires"); n != 1 {
		t.Error("the session is still due")
	}
	rec.Expires = time.Now().Add(-time.Minute) // ended earlier than it was to
	save(t, s, key, &rec)
	wantSweep(t, s, 1)
}

func wantSweep(t *testing.T, s *pgstore.Store, want int) {
	t.Helper()
	if n, err := s.Sweep(t.Context()); err != nil || n != want {
		t.Errorf("Sweep returned %d, %v, want %d", n, err, want)
	}
}

func TestStoreSweepsOnItsOwnAndAlone(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	quiet := fresh(t, pool, pgstore.Options{Table: "swept"})
	fill(t, pool, "swept", 1500)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Another process sweeps.
	if _, err := tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1)", pgstore.LockID("sweep", "swept")); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if n, err := pgstore.SweepAlone(t.Context(), quiet); n != 0 || err != nil {
			t.Errorf("a sweep that is not alone removed %d, %v", n, err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh(t, pool, pgstore.Options{Table: "swept", SweepInterval: 10 * time.Millisecond})
	eventually(t, func() bool { return count(t, pool, "swept") == 1500 })
}

func TestSweepThatFailsIsLogged(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	log := &journal{}
	s := fresh(t, pool, pgstore.Options{Table: "swept", SweepInterval: 10 * time.Millisecond, Logger: log.logger()})
	sql(t, pool, "DROP TABLE swept")
	eventually(t, func() bool { return strings.Contains(log.String(), "cannot be removed") })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
