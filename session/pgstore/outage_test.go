package pgstore_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

// hostOf returns host and port of a URL.
func hostOf(tb testing.TB, address string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	return u.Host
}

// through returns the URL that leads to the same database by the proxy.
func through(tb testing.TB, address string, p *faultproxy.Proxy) string {
	tb.Helper()
	return strings.Replace(address, hostOf(tb, address), p.Addr(), 1)
}

// proxied returns a store that Open made, and the proxy between it and the server.
func proxied(tb testing.TB, timeout time.Duration) (*pgstore.Store, *faultproxy.Proxy) {
	tb.Helper()
	url := testpostgres.Database(tb)
	p := faultproxy.New(tb, "tcp", hostOf(tb, url))
	return opened(tb, session.BackendOptions{
		"url": through(tb, url, p), "table": newTable(), "timeout": timeout, "sweep_interval": "1h", "max_conns": 4,
	}), p
}

// wantFailure checks that the error is none of the contract's answers and tells no secret, and that it came in time.
func wantFailure(tb testing.TB, doing string, err error, took, most time.Duration) {
	tb.Helper()
	switch {
	case err == nil, errors.Is(err, session.ErrConflict), errors.Is(err, session.ErrNotFound):
		tb.Errorf("%s returned %v, want an error of the server", doing, err)
	case !strings.HasPrefix(err.Error(), "pgstore: "), strings.Contains(err.Error(), "correct-horse"):
		tb.Errorf("%s returned %q, want whose it is, and not the password", doing, err)
	}
	if took > most {
		tb.Errorf("%s took %v, want at most %v", doing, took, most)
	}
}

// wantOutage makes each call, which must fail in time.
func wantOutage(tb testing.TB, s *pgstore.Store, most time.Duration) {
	tb.Helper()
	rec := record("y")
	for doing, call := range map[string]func() error{
		"Load":   func() error { _, err := s.Load(tb.Context(), newKey()); return err },
		"Save":   func() error { return s.Save(tb.Context(), newKey(), rec) },
		"Delete": func() error { return s.Delete(tb.Context(), newKey(), rec.Expires) },
	} {
		started := time.Now()
		err := call()
		wantFailure(tb, doing, err, time.Since(started), most)
	}
}

const slack = time.Second // for a machine that is busy

func TestServerThatIsGoneComesBack(t *testing.T) {
	t.Parallel()
	server := testpostgres.Start(t)
	s := opened(t, session.BackendOptions{"url": server.URL("postgres"), "timeout": "1s", "max_conns": 4})
	key, rec := saved(t, s, "before")
	warm(t, s, key)
	server.Stop(t)
	wantOutage(t, s, time.Second+slack)
	server.Restart(t)
	wantValues(t, s, key, 1, "before")
	rec.Values = []byte("after")
	save(t, s, key, &rec)
	wantValues(t, s, key, 2, "after")
}

// warm makes the pool have several connections.
func warm(tb testing.TB, s session.Store, key session.Key) {
	tb.Helper()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { _, _ = s.Load(tb.Context(), key) })
	}
	all.Wait()
}

// One request may meet a connection that was lost a moment ago; not as many as there are connections.
func TestRestartCostsAtMostOneSave(t *testing.T) {
	t.Parallel()
	s, proxy := proxied(t, 2*time.Second)
	key, rec := saved(t, s, "0")
	warm(t, s, key)
	proxy.Cut()
	if _, err := s.Load(t.Context(), key); err != nil {
		t.Errorf("a Load after the restart: %v", err)
	}
	warm(t, s, key)
	proxy.Cut()
	failed := 0
	for range 10 {
		err := s.Save(t.Context(), key, rec)
		if err == nil {
			rec.Version++
			continue
		}
		failed++
		if rec, err = s.Load(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if failed > 1 {
		t.Errorf("%d saves failed, want at most 1", failed)
	}
}

// The answer is lost and the work was done: a second attempt would find the version changed, and its caller would make
// the change twice.
func TestSaveWhoseAnswerIsLostIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s, proxy := proxied(t, 2*time.Second)
	key, rec := saved(t, s, "old")
	save(t, s, key, &rec) // prepared
	proxy.CutBeforeReply([]byte("new-values"))
	rec.Values = []byte("new-values")
	started := time.Now()
	err := s.Save(t.Context(), key, rec)
	wantFailure(t, "Save", err, time.Since(started), 2*time.Second+slack)
	wantValues(t, s, key, 3, "new-values")

	fresh, first := newKey(), record("first-values")
	proxy.CutBeforeReply([]byte("first-values"))
	started = time.Now()
	err = s.Save(t.Context(), fresh, first)
	wantFailure(t, "Save of a new session", err, time.Since(started), 2*time.Second+slack)
	if rec, err := s.Load(t.Context(), fresh); err == nil && rec.Version != 1 {
		t.Errorf("a new session has version %d, want 1", rec.Version)
	}
}

func TestDeleteAndLoadWhoseAnswersAreLostAreSentAgain(t *testing.T) {
	t.Parallel()
	s, proxy := proxied(t, 2*time.Second)
	key, rec := saved(t, s, "x")
	wantValues(t, s, key, 1, "x")
	proxy.CutBeforeReply(key[:])
	wantValues(t, s, key, 1, "x")
	if err := s.Delete(t.Context(), newKey(), rec.Expires); err != nil { // prepared
		t.Fatal(err)
	}
	proxy.CutBeforeReply(key[:])
	if err := s.Delete(t.Context(), key, rec.Expires); err != nil {
		t.Error(err)
	}
	_, err := s.Load(t.Context(), key)
	if _, ok := errors.AsType[*session.DeletedError](err); !ok {
		t.Errorf("Load returned %v, want a DeletedError", err)
	}
}

func TestServerThatDoesNotAnswerCostsTheTimeout(t *testing.T) {
	t.Parallel()
	s, proxy := proxied(t, time.Second)
	key, _ := saved(t, s, "x")
	warm(t, s, key)
	proxy.Stall(true)
	wantOutage(t, s, time.Second+slack)
	proxy.Stall(false)
	eventually(t, func() bool { _, err := s.Load(t.Context(), key); return err == nil })
	saved(t, s, "y")
}

func TestRefusedConnectionsEndWithTheRefusal(t *testing.T) {
	t.Parallel()
	s, proxy := proxied(t, time.Second)
	key, _ := saved(t, s, "x")
	proxy.Refuse(true)
	wantOutage(t, s, time.Second+slack)
	proxy.Refuse(false)
	wantValues(t, s, key, 1, "x")
}

// A statement that waits for a lock is cancelled on the server, and neither it nor its connection is left behind.
func TestStatementPastItsTimeIsCancelledOnTheServer(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	s := opened(t, session.BackendOptions{"url": url + "&application_name=waiting", "table": "locked", "timeout": "2s", "max_conns": 1})
	pool := connect(t, url)
	for range 5 { // the server has 125 ms to end the statement, which a busy machine may not let it have
		before := backend(t, pool)
		waitForLockedRow(t, s, pool)
		if backend(t, pool) == before {
			return
		}
	}
	t.Error("the connection was given up, five times")
}

// waitForLockedRow has a save wait for a row until its time is over.
func waitForLockedRow(t *testing.T, s *pgstore.Store, pool *pgxpool.Pool) {
	t.Helper()
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
	wantFailure(t, "Save of a locked row", err, time.Since(started), 2*time.Second+slack)
	wantError(t, "Save of a locked row", err, context.DeadlineExceeded)
	eventually(t, func() bool {
		return count(t, pool, "pg_stat_activity WHERE application_name = 'waiting' AND state = 'active'") == 0
	})
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantValues(t, s, key, 1, "x")
	save(t, s, key, &rec)
}
