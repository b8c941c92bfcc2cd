package testpostgres

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Pair is a primary and a standby that follows it. What the primary acknowledges the standby has applied.
type Pair struct {
	Primary, Standby *Server
}

// StartPair starts two servers for one test, with settings besides the defaults. They are stopped, and their data removed,
// at the end of the test.
func StartPair(tb testing.TB, settings ...string) *Pair {
	tb.Helper()
	primary := Start(tb, append([]string{"synchronous_commit=remote_apply"}, settings...)...)
	standby := &Server{programs: primary.programs, settings: primary.settings}
	tb.Cleanup(func() {
		if err := standby.end(); err != nil {
			tb.Error(err)
		}
	})
	if err := standby.settle(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	p := &Pair{Primary: primary, Standby: standby}
	p.follow(tb)
	return p
}

// URL returns the address of a database for clients that look for whichever of the two takes changes.
func (p *Pair) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, password), Host: p.Primary.Addr() + "," + p.Standby.Addr(), Path: "/" + database,
		RawQuery: "sslmode=disable&target_session_attrs=read-write",
	}
	return u.String()
}

// FailOver stops the primary, as a crash does, and makes the standby the primary. Until Rejoin there is no standby.
func (p *Pair) FailOver(tb testing.TB) {
	tb.Helper()
	p.Primary.Stop(tb)
	p.Standby.await(tb, "SELECT CASE WHEN pg_is_in_recovery() THEN pg_promote(wait => false) ELSE true END")
	p.Standby.await(tb, "SELECT NOT pg_is_in_recovery()")
	p.Primary, p.Standby = p.Standby, p.Primary
}

// Rejoin makes a new standby of the server that has died: what only that had is thrown away.
func (p *Pair) Rejoin(tb testing.TB) {
	tb.Helper()
	if err := os.RemoveAll(p.Standby.data()); err != nil {
		tb.Fatal(err)
	}
	p.follow(tb)
}

// follow makes the standby a copy of the primary, starts it, and returns when the primary waits for it.
func (p *Pair) follow(tb testing.TB) {
	tb.Helper()
	s := p.Standby
	copied := s.command(tb.Context(), filepath.Join(s.programs, "pg_basebackup"), "--pgdata="+s.data(), "--dbname="+p.Primary.URL(""),
		"--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if out, err := copied.CombinedOutput(); err != nil {
		tb.Fatalf("testpostgres: pg_basebackup: %v\n%s", err, out)
	}
	if err := s.launch(); err != nil {
		tb.Fatal(err)
	}
	p.Primary.administer(tb, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	p.Primary.administer(tb, "SELECT pg_reload_conf()")
	p.Primary.await(tb, "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'")
}

// await asks the server until it says yes. A standby breaks a statement off that is in the way of what it has to repeat.
func (s *Server) await(tb testing.TB, question string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		yes, err := s.says(ctx, question)
		if yes {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			tb.Fatalf("testpostgres: the server does not say yes to %s: %v", question, err)
		}
	}
}

func (s *Server) says(ctx context.Context, question string) (yes bool, err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, question).Scan(&yes)
	return yes, err
}
