// Package direct is the form in which package session and the store in memory hand each other records, without the detours
// of the contract of stores: times are numbers, as both keep them, and the record is read into its place. The detours were
// a tenth of what a request with a session costs.
package direct

import (
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A Record is a [store.Record] whose times are microseconds since 1970.
type Record struct {
	Version                uint64
	Created, Seen, Expires int64
	User                   string
	Values                 []byte
}

// Of returns the record in this form. It shares the values.
func Of(rec *store.Record) Record {
	return Record{
		Version: rec.Version,
		Created: rec.Created.UnixMicro(), Seen: rec.Seen.UnixMicro(), Expires: rec.Expires.UnixMicro(),
		User: rec.User, Values: rec.Values,
	}
}

// Stored returns the record as stores have it. It shares the values.
func (r *Record) Stored() store.Record {
	return store.Record{
		Version: r.Version,
		Created: timeOf(r.Created), Seen: timeOf(r.Seen), Expires: timeOf(r.Expires),
		User: r.User, Values: r.Values,
	}
}

func timeOf(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
