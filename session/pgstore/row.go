package pgstore

import (
	"time"

	"github.com/proapi-go/proapi/session"
)

// A row is what the table holds under a key.
type row struct {
	version                int64
	created, seen, expires time.Time
	deleted                *time.Time
	owner, data            []byte
}

// columns returns where to put the columns of the same name.
func (r *row) columns() []any {
	return []any{&r.version, &r.created, &r.seen, &r.expires, &r.deleted, &r.owner, &r.data}
}

func (r *row) record() session.Record {
	return session.Record{
		Version: uint64(r.version), //nolint:gosec // see number
		Created: r.created.UTC(),
		Seen:    r.seen.UTC(),
		Expires: r.expires.UTC(),
		User:    string(r.owner),
		Values:  r.data,
	}
}

// number is a version as a bigint: the same 64 bits.
func number(version uint64) int64 { return int64(version) } //nolint:gosec // comes back by row.record

// owner is a user as a column, NULL for nobody, which no index holds.
func owner(user string) []byte {
	if user == "" {
		return nil
	}
	return []byte(user)
}

// bytesOf is b as a column that is never NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
