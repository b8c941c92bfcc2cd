package pgstore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/proapi-go/proapi/session"
)

var errDeaf = errors.New("a notification that was sent did not arrive: LISTEN needs a connection to the server itself, and not to a pooler in transaction mode")

// Watch tells of deletions by LISTEN, on a connection of its own beside the pool's, made as the pool makes them; see
// session.Notifier. It calls ready once a notification that it sends itself, by the pool, has come back; and asks the
// connection for a sign of life as often as Options.Timeout, so that one that was lost in silence is noticed within
// twice that time.
func (s *Store) Watch(ctx context.Context, ready func(), deleted func(session.Key)) error {
	switch {
	case s.closed():
		return wrap("watch", errClosed)
	case s.options.NoNotify:
		return wrap("watch", errors.New(`deletions are not told, by Options.NoNotify or the backend's option "notify"`))
	}
	ctx, stop := s.untilClosed(ctx)
	defer stop()
	err := s.watch(ctx, ready, deleted)
	if ctx.Err() != nil {
		return wrap("watch", context.Cause(ctx))
	}
	return wrap("watch", bare(err))
}

func (s *Store) watch(ctx context.Context, ready func(), deleted func(session.Key)) error {
	conn, err := s.listen(ctx)
	if err != nil {
		return err
	}
	defer s.hangUp(ctx, conn)
	if err := s.hear(ctx, conn); err != nil {
		return err
	}
	ready()
	for {
		payload, err := s.next(ctx, conn)
		if err != nil {
			return err
		}
		if key, ok := keyOf(payload); ok {
			deleted(key)
		}
	}
}

// listen connects and listens.
func (s *Store) listen(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	config := s.pool.Config()
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, config.ConnConfig); err != nil {
			return nil, err
		}
	}
	config.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler { // to wait is no statement to cancel
		return &pgconn.DeadlineContextWatcherHandler{Conn: conn.Conn()}
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel(s.options.Table)}.Sanitize()); err != nil {
		s.hangUp(ctx, conn)
		return nil, err
	}
	return conn, nil
}

// hear shows that what is sent where Delete sends it arrives.
func (s *Store) hear(ctx context.Context, conn *pgx.Conn) error {
	call, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	sign := "?" + rand.Text()
	err := s.call(call, repeatable, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel(s.options.Table), sign)
		return err
	})
	if err != nil {
		return err
	}
	for {
		n, err := conn.WaitForNotification(call)
		switch {
		case err != nil && call.Err() != nil && ctx.Err() == nil:
			return errDeaf
		case err != nil:
			return err
		case n.Payload == sign:
			return nil
		}
	}
}

// next waits for a notification, and asks for a sign of life where none has come for a while.
func (s *Store) next(ctx context.Context, conn *pgx.Conn) (payload string, err error) {
	for {
		wait, cancel := context.WithTimeout(ctx, s.options.Timeout)
		n, err := conn.WaitForNotification(wait)
		quiet := err != nil && wait.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			return n.Payload, nil
		case !quiet:
			return "", err
		}
		if err := s.ping(ctx, conn); err != nil {
			return "", err
		}
	}
}

func (s *Store) ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("no sign of life from the server: %w", err)
	}
	return nil
}

// hangUp ends the connection, in a moment even where nobody answers.
func (s *Store) hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(s.options.Timeout, time.Second))
	defer cancel()
	_ = conn.Close(ctx) // whatever it says, it is not used again
}

// keyOf returns the key that a notification names, if it does.
func keyOf(payload string) (key session.Key, ok bool) {
	if len(payload) != hex.EncodedLen(len(key)) {
		return key, false
	}
	_, err := hex.Decode(key[:], []byte(payload))
	return key, err == nil
}
