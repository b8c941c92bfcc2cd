package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/proapi-go/proapi/session"
)

var _ session.Measurer = (*Store)(nil)

const (
	usageCounted = 1024 // pages of a table of which all are read; 8 MiB, as servers are built
	usageSampled = 512  // pages that are read of a larger one
)

// Usage returns how many records there are, and the bytes of the table with its indexes and what is stored out of line
// (pg_total_relation_size). See [session.Measurer]. Expired records are not counted.
//
// A table of up to 1,024 pages is counted. Of a larger one some 512 pages are read (TABLESAMPLE), the same ones each time as
// long as there are as many, and the rest is taken to be like them; that is right to some percent, and does not depend on
// when the table was last analyzed.
func (s *Store) Usage(ctx context.Context) (session.Usage, error) {
	var u session.Usage
	err := s.call(ctx, repeatable, func(ctx context.Context, conn *pgx.Conn) error {
		var pages int64
		err := conn.QueryRow(ctx, s.sql.size, inTable("{table}", s.options.Table)).Scan(&pages, &u.Bytes)
		if err != nil {
			return err
		}
		percent := 100.0
		if u.Exact = pages <= usageCounted; !u.Exact {
			percent *= usageSampled / float64(pages)
		}
		err = conn.QueryRow(ctx, s.sql.count, percent, time.Now()).Scan(&u.Sessions)
		u.Sessions = int64(float64(u.Sessions) * 100 / percent)
		return err
	})
	if err != nil {
		return session.Usage{}, wrap("usage", err)
	}
	u.Sweeps, u.Swept = s.sweeps.Load(), s.swept.Load()
	return u, nil
}
