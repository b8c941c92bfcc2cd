package pgstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/session"
)

// A Store keeps sessions in a table of PostgreSQL. Its methods may be called from many goroutines, and many stores, in
// this process or others, may use one table. Its errors hold no key, no value and no password.
type Store struct {
	options Options
	pool    *pgxpool.Pool
	sql     statements
	owned   bool // the pool is ours to reset and to close

	sweeps atomic.Uint64 // those that came to their end
	swept  atomic.Uint64 // what they have removed

	closing    chan struct{} // closed when Close begins
	closeOnce  sync.Once
	background sync.WaitGroup
}

var (
	_ session.Store    = (*Store)(nil)
	_ session.Sweeper  = (*Store)(nil)
	_ session.Lister   = (*Store)(nil)
	_ session.Notifier = (*Store)(nil)
	_ session.Importer = (*Store)(nil)
)

// New returns a store on a pool of the caller's, which stays the caller's to close, after Close. The table has to be
// there before the store is used: see [Store.Migrate]. New asks the server for nothing; it starts the goroutine that
// sweeps, which Close ends. Its error names every wrong option and what would be right.
func New(pool *pgxpool.Pool, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if pool == nil {
		err = errors.Join(err, errors.New("pgstore: the pool is nil: make one with pgxpool.New, or use Open"))
	}
	if err != nil {
		return nil, err
	}
	s := newStore(pool, o)
	s.start()
	return s, nil
}

func newStore(pool *pgxpool.Pool, o Options) *Store {
	return &Store{options: o, pool: pool, sql: forTable(o.Table), closing: make(chan struct{})}
}

func (s *Store) start() {
	if s.options.SweepInterval > 0 {
		s.background.Go(s.sweepAlways)
	}
}

// Load returns the record saved last under key; see session.Store.
func (s *Store) Load(ctx context.Context, key session.Key) (session.Record, error) {
	var r row
	err := s.call(ctx, repeatable, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, s.sql.load, key[:]).Scan(r.columns()...)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return session.Record{}, session.ErrNotFound
	case err != nil:
		return session.Record{}, wrap("load", err)
	case !time.Now().Before(r.expires):
		return session.Record{}, session.ErrNotFound
	case r.deleted != nil:
		return session.Record{}, &session.DeletedError{At: r.deleted.UTC()}
	}
	return r.record(), nil
}

// Save stores rec if rec.Version is the stored version; see session.Store. It is sent to the server a second time only
// where it is known that the first had no effect.
func (s *Store) Save(ctx context.Context, key session.Key, rec session.Record) error {
	if rec.Version == 0 {
		rec.Version = 1
		return wrap("save", s.insert(ctx, key, rec))
	}
	return wrap("save", s.change(ctx, s.sql.update, key[:], number(rec.Version), number(rec.Version+1),
		rec.Created, rec.Seen, rec.Expires, owner(rec.User), bytesOf(rec.Values), time.Now()))
}

// Import stores rec as it is, where there is nothing under key; see session.Importer.
func (s *Store) Import(ctx context.Context, key session.Key, rec session.Record) error {
	if rec.Version == 0 {
		return errors.New("pgstore: import: a record of version 0 was never saved: use Save")
	}
	return wrap("import", s.insert(ctx, key, rec))
}

func (s *Store) insert(ctx context.Context, key session.Key, rec session.Record) error {
	return s.change(ctx, s.sql.insert, key[:], number(rec.Version), rec.Created, rec.Seen, rec.Expires,
		owner(rec.User), bytesOf(rec.Values), time.Now())
}

// change runs a statement that changes one row, or none where the version is not the stored one.
func (s *Store) change(ctx context.Context, sql string, args ...any) error {
	return s.call(ctx, once, func(ctx context.Context, conn *pgx.Conn) error {
		tag, err := conn.Exec(ctx, sql, args...)
		if err == nil && tag.RowsAffected() == 0 {
			return session.ErrConflict
		}
		return err
	})
}

// Delete puts a tombstone in the record's place and tells who watches; see session.Store and [Store.Watch]. As it does
// no harm to delete twice, it is tried again on another connection where one was lost.
func (s *Store) Delete(ctx context.Context, key session.Key, until time.Time) error {
	now, sql := time.Now(), s.sql.deleteAndTell
	if s.options.NoNotify {
		sql = s.sql.delete
	}
	return wrap("delete", s.call(ctx, repeatable, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql, key[:], now, until)
		return err
	}))
}

// Close ends the goroutine that sweeps and whatever watches, and closes the pool where Open made it, which waits for
// calls under way. Later calls return an error that wraps fs.ErrClosed. It may be called more than once and returns nil.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		s.background.Wait()
		if s.owned {
			s.pool.Close()
		}
	})
	return nil
}

func (s *Store) closed() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}
