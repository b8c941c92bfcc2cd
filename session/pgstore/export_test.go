package pgstore

import (
	"context"
	"strings"
)

// LockID is the advisory lock for a kind of work on a table.
var LockID = lockID

// SweepAlone sweeps as the store does on its own.
func SweepAlone(ctx context.Context, s *Store) (int, error) { return s.sweep(ctx, true) }

// TableStatements are what Migrate runs for the default table.
func TableStatements() string {
	s := newStore(nil, Options{Table: DefaultTable})
	return inTable(versions, DefaultTable) + "\n" + strings.Join(s.steps(0), "\n")
}

// ListUserStatement is how ListUser asks.
func ListUserStatement(table string) string { return forTable(table).listUser }
