package pgstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestMain(m *testing.M) {
	status := testpostgres.Main(m)
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func TestConformance(t *testing.T) {
	for name, query := range map[string]string{
		"as pgx does":                "",
		"for poolers, described":     "&default_query_exec_mode=cache_describe",
		"for poolers, by Go's types": "&default_query_exec_mode=exec",
		"simple protocol":            "&default_query_exec_mode=simple_protocol&timezone=Asia/Kathmandu",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := connect(t, testpostgres.Database(t)+query)
			storetest.Run(t, func(t *testing.T) session.Store { return fresh(t, pool, pgstore.Options{}) })
		})
	}
}

func TestConformanceOfStrictTransactions(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t)+"&default_transaction_isolation=serializable")
	storetest.Run(t, func(t *testing.T) session.Store { return fresh(t, pool, pgstore.Options{}) })
}

func TestConformanceUnlogged(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	storetest.Run(t, func(t *testing.T) session.Store {
		return opened(t, session.BackendOptions{"url": url, "table": newTable(), "unlogged": true, "sweep_interval": "1h"})
	})
}

var tables atomic.Int64

// newTable returns a name that no test has used.
func newTable() string { return fmt.Sprintf("sessions%d", tables.Add(1)) }

func connect(tb testing.TB, url string) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// fresh returns a store on a new table, which does not sweep on its own unless the test says so.
func fresh(tb testing.TB, pool *pgxpool.Pool, o pgstore.Options) *pgstore.Store {
	tb.Helper()
	if o.Table == "" {
		o.Table = newTable()
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = -1
	}
	o.Logger = discard(o.Logger)
	s, err := pgstore.New(pool, o)
	if err != nil {
		tb.Fatal(err)
	}
	closeLater(tb, s)
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// opened returns the backend with the options.
func opened(tb testing.TB, o session.BackendOptions) *pgstore.Store {
	tb.Helper()
	s, err := pgstore.Open(o, discard(nil))
	if err != nil {
		tb.Fatal(err)
	}
	ours, ok := s.(*pgstore.Store)
	if !ok {
		tb.Fatalf("Open returned a %T", s)
	}
	closeLater(tb, ours)
	return ours
}

func discard(l *slog.Logger) *slog.Logger {
	if l != nil {
		return l
	}
	return slog.New(slog.DiscardHandler)
}

func closeLater(tb testing.TB, s *pgstore.Store) {
	tb.Helper()
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
}

func sql(tb testing.TB, pool *pgxpool.Pool, text string, args ...any) {
	tb.Helper()
	if _, err := pool.Exec(context.WithoutCancel(tb.Context()), text, args...); err != nil {
		tb.Fatal(err)
	}
}
