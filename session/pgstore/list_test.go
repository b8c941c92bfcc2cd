package pgstore_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

func TestListsYieldWhatIsThereOnce(t *testing.T) {
	t.Parallel()
	s := fresh(t, connect(t, testpostgres.Database(t)+"&pool_max_conns=1"), pgstore.Options{})
	want := map[string]map[session.Key]session.Record{"": {}, "ada": {}, "brian": {}, "ada\x00\xff": {}, strings.Repeat("u", 10_000): {}}
	for user := range want {
		for range 200 {
			key, rec := newKey(), record("of "+user)
			rec.User = user
			save(t, s, key, &rec)
			want[user][key] = rec
		}
	}
	endedKey, ended := newKey(), record("ended")
	ended.Expires = time.Now().Add(-time.Second)
	save(t, s, endedKey, &ended)
	deleted, rec := saved(t, s, "deleted")
	if err := s.Delete(t.Context(), deleted, rec.Expires); err != nil {
		t.Fatal(err)
	}

	all := map[session.Key]session.Record{}
	for user, records := range want {
		if user != "" {
			wantListed(t, s.ListUser(t.Context(), user), records)
		}
		maps.Copy(all, records)
	}
	wantListed(t, s.List(t.Context()), all)
	wantListed(t, s.ListUser(t.Context(), "nobody"), nil)
	wantListed(t, s.ListUser(t.Context(), ""), nil)
}

func wantListed(t *testing.T, list func(func(session.Entry, error) bool), want map[session.Key]session.Record) {
	t.Helper()
	got := map[session.Key]bool{}
	list(func(e session.Entry, err error) bool {
		w, ok := want[e.Key]
		if err != nil || !ok || got[e.Key] || !reflect.DeepEqual(e.Record, w) {
			t.Errorf("the list yields %.100v, %v: want %.100v, once", e.Record, err, w)
			return false
		}
		got[e.Key] = true
		return true
	})
	if len(got) != len(want) {
		t.Errorf("the list yields %d records, want %d", len(got), len(want))
	}
}

// The reader saves and deletes while it reads, on a pool of one connection.
func TestReaderOfAListMayUseTheStore(t *testing.T) {
	t.Parallel()
	s := fresh(t, connect(t, testpostgres.Database(t)+"&pool_max_conns=1"), pgstore.Options{})
	for range 300 {
		saved(t, s, "x")
	}
	for e, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(t.Context(), e.Key, e.Record.Expires); err != nil {
			t.Fatal(err)
		}
	}
	wantListed(t, s.List(t.Context()), nil)
}

func TestListThatFailsYieldsTheErrorAndEnds(t *testing.T) {
	t.Parallel()
	s := fresh(t, connect(t, testpostgres.Database(t)), pgstore.Options{})
	for range 300 {
		saved(t, s, "x")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n, after := 0, 0
	for e, err := range s.List(ctx) {
		if n++; n == 5 {
			cancel()
		}
		if err != nil {
			after++
			wantError(t, "List", err, context.Canceled)
			if e.Key != (session.Key{}) {
				t.Error("the error comes with an entry")
			}
		}
	}
	if after != 1 {
		t.Errorf("the list yields %d errors, want 1", after)
	}
}

func TestUserIsFoundByTheIndex(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	fresh(t, pool, pgstore.Options{Table: "listed"})
	fill(t, pool, "listed", 5000)
	sql(t, pool, "UPDATE listed SET owner = 'ada' WHERE key < '\\x10'")
	for _, plan := range []string{"force_generic_plan", "force_custom_plan"} {
		if got := planOf(t, pool, plan, pgstore.ListUserStatement("listed"), []byte{}, time.Now(), 128, []byte("ada")); !strings.Contains(got, "listed_owner") || !strings.Contains(got, "Index Cond: ((sha256(owner) =") {
			t.Errorf("the plan does not use the index:\n%s", got)
		}
	}
}

// planOf returns how the server would run a statement.
func planOf(t *testing.T, pool *pgxpool.Pool, mode, sql string, args ...any) string {
	t.Helper()
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		err = errors.Join(err, rows.Scan(&line))
		lines = append(lines, line)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestImportTakesTheVersionAndReplacesNothing(t *testing.T) {
	t.Parallel()
	s := fresh(t, connect(t, testpostgres.Database(t)), pgstore.Options{})
	key, rec := newKey(), record("moved")
	if err := s.Import(t.Context(), key, rec); err == nil {
		t.Error("a record that was never saved is imported")
	}
	rec.Version = 41
	if err := s.Import(t.Context(), key, rec); err != nil {
		t.Fatal(err)
	}
	wantValues(t, s, key, 41, "moved")
	wantError(t, "a second Import", s.Import(t.Context(), key, rec), session.ErrConflict)
	save(t, s, key, &rec)
	wantValues(t, s, key, 42, "moved")
	if err := s.Delete(t.Context(), key, rec.Expires); err != nil {
		t.Fatal(err)
	}
	wantError(t, "Import of a deleted session", s.Import(t.Context(), key, rec), session.ErrConflict)
}
