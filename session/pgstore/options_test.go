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

const nowhere = "postgres://ada:rather-secret@127.0.0.1:1/shop"

func TestWrongOptionsSayWhatWouldBeRight(t *testing.T) {
	for name, c := range map[string]struct {
		options session.BackendOptions
		want    []string
	}{
		"no url":             {session.BackendOptions{}, []string{`"url" is missing`, "postgres://user:password@host:5432/database"}},
		"another's url":      {session.BackendOptions{"url": "redis://:rather-secret@h"}, []string{"not PostgreSQL's", "postgres://"}},
		"a connection text":  {session.BackendOptions{"url": "host=h password=rather-secret"}, []string{"not PostgreSQL's"}},
		"an unquoted secret": {session.BackendOptions{"url": "postgres://ada:rather/secret-rather-secret@h/shop"}, []string{"cannot be read", "%2F"}},
		"a wrong parameter":  {session.BackendOptions{"url": nowhere + "?sslmode=maybe"}, []string{"sslmode"}},
		"a secret parameter": {session.BackendOptions{"url": "postgres://h/shop?password=rather-secret&pool_max_conns=rather-secret"}, []string{`"url" is wrong`}},
		"no connections":     {session.BackendOptions{"url": nowhere + "?pool_max_conns=0"}, []string{"pool_max_conns"}},
		"many connections":   {session.BackendOptions{"url": nowhere, "max_conns": 1 << 40}, []string{"max_conns", "2147483647"}},
		"a wrong table":      {session.BackendOptions{"url": nowhere, "table": `x"; DROP`}, []string{"Table", "lower-case letters"}},
		"a long table":       {session.BackendOptions{"url": nowhere, "table": strings.Repeat("x", 41)}, []string{"Table", "40"}},
		"a short timeout":    {session.BackendOptions{"url": nowhere, "timeout": "1ms"}, []string{"Timeout", "10ms"}},
		"an unknown option":  {session.BackendOptions{"url": nowhere, "colour": 1}, []string{`"colour" is unknown`, "sweep_interval"}},
		"several": {
			session.BackendOptions{"migrate": "maybe", "table": "X", "timeout": "1ms"},
			[]string{`"url" is missing`, `"migrate"`, "Table", "Timeout"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := pgstore.Open(c.options, nil)
			if err == nil || s != nil {
				t.Fatalf("Open returned %v and %v", s, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %s", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q tells the password", err)
			}
		})
	}
}

func TestOpenWithoutAServerFailsUnlessItNeedNotMigrate(t *testing.T) {
	started := time.Now()
	_, err := pgstore.Open(session.BackendOptions{"url": nowhere}, nil)
	if err == nil || !strings.Contains(err.Error(), "pgstore: migrate: ") || strings.Contains(err.Error(), "secret") {
		t.Errorf("Open returned %v, want an error of Migrate that does not tell the password", err)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("Open took %v", took)
	}
	opened(t, session.BackendOptions{"url": nowhere, "migrate": false})
}

func TestNewRefusesNoPoolAndWrongOptions(t *testing.T) {
	_, err := pgstore.New(nil, pgstore.Options{Table: "Sessions"})
	if err == nil || !strings.Contains(err.Error(), "pool is nil") || !strings.Contains(err.Error(), "Table") {
		t.Errorf("New returned %v, want both mistakes", err)
	}
}

func TestBackendIsKnownByItsName(t *testing.T) {
	t.Parallel()
	m, err := session.New(session.Options{
		SecretKey:      secret,
		Backend:        "postgres",
		BackendOptions: session.BackendOptions{"url": testpostgres.Database(t), "max_conns": "2", "timeout": "1s"},
		Logger:         discard(nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{m: m}
	v.use(t, func(s *session.Session) { s.Set("n", 1) })
	v.use(t, func(s *session.Session) {
		if n := s.Get("n"); n != 1 {
			t.Errorf("n is %v, want 1", n)
		}
	})
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestOptionsMayStandInTheURL(t *testing.T) {
	t.Parallel()
	address := testpostgres.Database(t)
	opener, err := session.OpenURL(address+"&table=shop_sessions&timeout=30s&application_name=shop", discard(nil))
	if err != nil {
		t.Fatal(err)
	}
	s := opener.(*pgstore.Store)
	t.Cleanup(func() { _ = s.Close() })
	saved(t, s, "x")
	if n := count(t, connect(t, address), "shop_sessions"); n != 1 {
		t.Errorf("%d sessions in the table that the url names, want 1", n)
	}
	_, err = session.OpenURL(address+"&timeout=1ms", discard(nil))
	if err == nil || !strings.Contains(err.Error(), "Timeout is 1ms") {
		t.Errorf("a wrong option in the url: got %v", err)
	}
}

func TestPoolOfTheCallersStaysOpen(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{})
	key, _ := saved(t, s, "x")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := pool.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	wantClosed(t, s, key)
}

func TestPoolOfOursIsClosed(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	s := opened(t, session.BackendOptions{"url": url + "&application_name=ours"})
	key, _ := saved(t, s, "x")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantClosed(t, s, key)
	pool := connect(t, url)
	eventually(t, func() bool { return count(t, pool, "pg_stat_activity WHERE application_name = 'ours'") == 0 })
}

func count(tb testing.TB, pool *pgxpool.Pool, what string) (n int) {
	tb.Helper()
	if err := pool.QueryRow(tb.Context(), "SELECT count(*) FROM "+what).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}
