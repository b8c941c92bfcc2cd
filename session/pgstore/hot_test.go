package pgstore_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

// A save that is heap-only leaves no dead entry in an index, and its dead row is removed without a vacuum. How many are
// depends on what else the database does, for what a snapshot may still see is not removed: so one writer is alone here.
func TestOrdinarySavesAreHeapOnly(t *testing.T) {
	share, grown := heapOnly(t, testpostgres.Database(t), newTable(), "", 1, 300, 10)
	if share < 0.95 {
		t.Errorf("%.1f %% of the saves were heap-only, want 95 or more", 100*share)
	}
	t.Logf("%.1f %% heap-only, %.2f times the size", 100*share, grown)
}

// The measurement of docs/decisions/0008-postgresql.md.
func BenchmarkFillFactor(b *testing.B) {
	for _, size := range []int{300, 700, 1500} {
		for _, factor := range []int{100, 90, 80, 70, 50} {
			b.Run(fmt.Sprintf("%d/%d", size, factor), func(b *testing.B) {
				url := testpostgres.Database(b)
				for b.Loop() {
					share, grown := heapOnly(b, url, newTable(), fmt.Sprintf("ALTER TABLE %%s SET (fillfactor = %d)", factor), 8, size, 20)
					b.ReportMetric(100*share, "%heap-only")
					b.ReportMetric(grown, "times-size")
				}
			})
		}
	}
}

// heapOnly saves sessions, 250 for each writer, each session as often as there are rounds, not in the order of the table, and each time with a
// later end, as where sessions end when they are idle. It returns the share of heap-only updates, and to how much of its
// first size the table has grown. No vacuum helps.
func heapOnly(tb testing.TB, url, table, prepare string, writers, bytes, rounds int) (share, grown float64) {
	tb.Helper()
	watcher, pool := connect(tb, url), connect(tb, url+"&pool_max_conns=8")
	s := fresh(tb, pool, pgstore.Options{Table: table})
	sql(tb, pool, fmt.Sprintf("ALTER TABLE %s SET (autovacuum_enabled = false)", table))
	if prepare != "" {
		sql(tb, pool, fmt.Sprintf(prepare, table))
	}
	const each = 250
	strides := []int{61, 67, 71, 73, 79, 83, 89, 97} // prime, so that each reaches every session
	write := func(keys []session.Key, recs []session.Record, stride int) {
		for n := range each {
			i := n * stride % each
			if recs[i].Version == 0 {
				keys[i], recs[i] = newKey(), record(strings.Repeat("v", bytes))
				recs[i].User = fmt.Sprint("user-", i)
			}
			recs[i].Expires = recs[i].Expires.Add(time.Minute)
			save(tb, s, keys[i], &recs[i])
		}
	}
	keys, recs := make([][each]session.Key, writers), make([][each]session.Record, writers)
	var first int64
	for round := range rounds + 1 {
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() { write(keys[w][:], recs[w][:], strides[w]) })
		}
		all.Wait()
		if round == 0 {
			first = size(tb, watcher, table)
		}
	}
	pool.Close() // its connections tell their statistics when they end
	var updates, hot int64
	eventually(tb, func() bool {
		err := watcher.QueryRow(tb.Context(), "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1", table).Scan(&updates, &hot)
		return err == nil && updates >= int64(rounds*writers*each)
	})
	return float64(hot) / float64(updates), float64(size(tb, watcher, table)) / float64(first)
}

func size(tb testing.TB, pool *pgxpool.Pool, table string) (bytes int64) {
	tb.Helper()
	if err := pool.QueryRow(tb.Context(), "SELECT pg_relation_size($1::regclass)", table).Scan(&bytes); err != nil {
		tb.Fatal(err)
	}
	return bytes
}
