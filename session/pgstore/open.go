package pgstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/proapi-go/proapi/session"
)

// Open opens the backend "postgres" from its options:
//
//	url             postgres://user:password@host:5432/database?sslmode=verify-full; required. Several hosts, a socket
//	                (host=/run/postgresql), pool_max_conns and whatever else pgx and libpq know may stand in it
//	max_conns       most connections of the pool; default pool_max_conns in the url, or 4, or the number of CPUs if more
//	table           as Options.Table
//	migrate         whether the table is made, where it is not there, or brought up to date; default true
//	unlogged        as Options.Unlogged; default false
//	notify          whether deletions are told, so that Watch works; default true. See Options.NoNotify
//	timeout         as Options.Timeout; also how long a connection may take to be made, unless the url has connect_timeout
//	sweep_interval  as Options.SweepInterval
//
// All of them but the first may also stand in its query, beside what PostgreSQL's own clients know there.
//
// With migrate Open asks the server, and where the table is as it should be that is all it does: it needs the right to
// create only once. Without, it returns at once, and the server may come later. A 0 is the default. The errors name every
// wrong option and what would be right, and never the password.
func Open(options session.BackendOptions, logger *slog.Logger) (session.Store, error) {
	options, err := options.FromURL("max_conns", "table", "migrate", "unlogged", "notify", "timeout", "sweep_interval")
	if err != nil {
		return nil, err
	}
	r := options.Read("postgres")
	address := r.String("url", "")
	maxConns := r.Int("max_conns", 0)
	migrate := r.Bool("migrate", true)
	o := Options{
		Table:         r.String("table", ""),
		Unlogged:      r.Bool("unlogged", false),
		NoNotify:      !r.Bool("notify", true),
		Timeout:       r.Duration("timeout", 0),
		SweepInterval: r.Duration("sweep_interval", 0),
		Logger:        logger,
	}
	wrong := r.Err()
	o, err = o.withDefaults()
	config, urlErr := poolConfig(address, o.Timeout, maxConns)
	if err := errors.Join(wrong, err, urlErr); err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, wrap("open", err)
	}
	s := newStore(pool, o)
	s.owned = true
	if migrate {
		if err := s.Migrate(context.Background()); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	s.start()
	return s, nil
}

// poolConfig returns how to connect: so that nothing takes longer than the timeout, and that a statement whose context
// has ended is cancelled, which costs the server less than a connection that is closed.
func poolConfig(address string, timeout time.Duration, maxConns int) (*pgxpool.Config, error) {
	config, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	if maxConns > math.MaxInt32 {
		return nil, fmt.Errorf(`backend option "max_conns" is %d: it takes at most %d`, maxConns, math.MaxInt32)
	}
	config.MaxConns = cmp.Or(int32(maxConns), config.MaxConns) //nolint:gosec // it fits
	config.PingTimeout = cmp.Or(config.PingTimeout, timeout/4) // of a connection that may be dead, when there are others
	connect := config.ConnConfig
	if connect.ConnectTimeout <= 0 {
		connect.ConnectTimeout = timeout
	}
	connect.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: afterTimeout(timeout) / 2}
	}
	return config, nil
}

// wanted is what a url looks like.
const wanted = "it takes postgres://user:password@host:5432/database?sslmode=verify-full" //nolint:gosec // nobody's password

// parseURL reads the option "url". The parsers' own errors repeat what they were given, in which a password may be
// anywhere: they are said only where the password is known, and not in them.
func parseURL(address string) (*pgxpool.Config, error) {
	if address == "" {
		return nil, errors.New(`backend option "url" is missing: ` + wanted)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New(`backend option "url" cannot be read: ` + wanted + `; in a password, write / ? # % @ and : as %2F %3F %23 %25 %40 and %3A`)
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New(`backend option "url" is not PostgreSQL's: ` + wanted)
	}
	config, err := pgxpool.ParseConfig(address)
	if err == nil {
		return config, nil
	}
	return nil, fmt.Errorf(`backend option "url" is wrong: %s%s`, wanted, reason(u, err))
}

// reason is why a url was refused, unless that would tell a secret.
func reason(u *url.URL, err error) string {
	cause := err.Error()
	if _, after, ok := strings.Cut(cause, "`: "); ok {
		cause = after // what comes before repeats the url
	}
	password, _ := u.User.Password()
	for _, secret := range []string{password, u.Query().Get("password"), u.Query().Get("sslpassword")} {
		if secret != "" && strings.Contains(cause, secret) {
			return ""
		}
	}
	return " (" + cause + ")"
}
