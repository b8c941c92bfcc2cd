package pgstore

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/proapi-go/proapi/session"
)

// page is how many records of a list are in memory at a time.
const page = 128

// List yields every record; see session.Lister. It asks for 128 at a time, in the order of their keys, and holds neither
// a connection nor a snapshot while the reader is at work.
func (s *Store) List(ctx context.Context) iter.Seq2[session.Entry, error] {
	return s.pages(ctx, s.sql.list)
}

// ListUser yields the records of a user, by an index, as List does; see session.Lister.
func (s *Store) ListUser(ctx context.Context, user string) iter.Seq2[session.Entry, error] {
	if user == "" {
		return func(func(session.Entry, error) bool) {}
	}
	return s.pages(ctx, s.sql.listUser, owner(user))
}

func (s *Store) pages(ctx context.Context, sql string, args ...any) iter.Seq2[session.Entry, error] {
	return func(yield func(session.Entry, error) bool) {
		after := []byte{}
		for {
			entries, err := s.page(ctx, sql, after, args)
			if err != nil {
				yield(session.Entry{}, wrap("list", err))
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if len(entries) < page {
				return
			}
			after = append([]byte{}, entries[page-1].Key[:]...)
		}
	}
}

// page returns the records whose keys come next.
func (s *Store) page(ctx context.Context, sql string, after []byte, args []any) (entries []session.Entry, err error) {
	args = append([]any{after, time.Now(), page}, args...)
	err = s.call(ctx, repeatable, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		entries, err = pgx.CollectRows(rows, entry)
		return err
	})
	return entries, err
}

func entry(rows pgx.CollectableRow) (session.Entry, error) {
	var key []byte
	var r row
	if err := rows.Scan(append([]any{&key}, r.columns()...)...); err != nil {
		return session.Entry{}, err
	}
	e := session.Entry{Record: r.record()}
	copy(e.Key[:], key)
	return e, nil
}
