// Package testpostgres gives tests a real PostgreSQL.
//
// A package whose tests need one runs them through [Main]; each test then asks for a [Database] of its own on the one
// server that the package's tests share, or, where it stops and restarts the server, for a [Server] of its own:
//
//	func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }
//
//	func TestSomething(t *testing.T) {
//		pool, err := pgxpool.New(t.Context(), testpostgres.Database(t))
//
// A server listens on a free port of 127.0.0.1 and on a socket in its own directory, asks for a password, and does not
// flush: what it has stored outlasts its processes, and not the machine. Where PostgreSQL is not installed the test is
// skipped, and in CI it fails (see package needs).
package testpostgres

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// shared is the server of the package's tests, which Main stops.
var shared struct {
	sync.Mutex
	running bool // Main is
	server  *Server
	last    atomic.Int64 // number of the last database
}

// Main runs the tests, ends the server that they shared, and returns the status with which to exit.
func Main(m *testing.M) int {
	shared.Lock()
	shared.running = true
	shared.Unlock()
	status := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return status
	}
	if err := shared.server.end(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(status, 1)
	}
	return status
}

// Database returns the URL of a new database on the server that the package's tests share. It is dropped at the end of
// the test, whoever is still connected.
func Database(tb testing.TB) string {
	tb.Helper()
	s := sharedServer(tb)
	name := fmt.Sprintf("test%d", shared.last.Add(1))
	s.administer(tb, "CREATE DATABASE "+name)
	tb.Cleanup(func() { s.administer(tb, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.URL(name)
}

func sharedServer(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.running {
		tb.Fatal("testpostgres: a package that uses Database runs its tests with testpostgres.Main")
	}
	if shared.server == nil {
		shared.server = start(tb, "max_connections=300")
	}
	return shared.server
}

// administer runs a statement as the server's superuser.
func (s *Server) administer(tb testing.TB, statement string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context()) // it is used in a cleanup as well
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		tb.Error(err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		tb.Error(err)
	}
}
