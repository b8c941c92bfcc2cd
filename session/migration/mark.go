package migration

import (
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A mark is a record whose values begin with these bytes. They are random, and are no values of the engine's, which begin
// with a format byte of 1: a process that does not know marks takes the session for broken, and uses nothing of it.
const markPrefix = "\xe7\x1d\x93\x5c\x0a\xb2\x48\xf6\x9b\x30\xc4\x7f\x81\xd5\x2e\x66"

// A state is what from says about a key, or what a mark says; the latter are what is stored behind the prefix.
type state byte

// What a store can hold under a key. Of the marks, spent lies in the new store alone, and the others in the old one.
const (
	nothing state = 0   // no record, or one that has expired
	ended   state = 1   // a tombstone of which the store tells
	present state = 2   // a session's record
	moving  state = 'm' // the session, which is on its way to the new store and may be there already
	moved   state = 'M' // the session is in the new store
	fenced  state = 'f' // the session began, or is about to, in the new store
	spent   state = 's' // the session ended by a save, and is not to be brought back
)

// A place is what was found under a key.
type place struct {
	state   state
	rec     store.Record // the session's record or the mark
	session store.Record // what moving holds
	err     error        // of ended
}

// marked reports whether a mark was found.
func (p *place) marked() bool { return p.state > present }

// read says what a stored record is.
func read(rec store.Record) place {
	if len(rec.Values) <= len(markPrefix) || string(rec.Values[:len(markPrefix)]) != markPrefix {
		return place{state: present, rec: rec}
	}
	p := place{state: state(rec.Values[len(markPrefix)]), rec: rec}
	if p.state == moving && p.session.UnmarshalBinary(rec.Values[len(markPrefix)+1:]) != nil {
		p.state = moved // nobody writes such a mark, and nothing can be had from it
	}
	return p
}

// mark returns a mark of a state that replaces the given version and ends at the given time. It holds nothing of a session.
func mark(s state, version uint64, expires time.Time) store.Record {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Record{Version: version, Created: now, Seen: now, Expires: expires, Values: append([]byte(markPrefix), byte(s))}
}

// markMoving returns the mark that takes rec's place and holds it. It belongs to the session's user, so that the lists by
// user find it.
func markMoving(rec store.Record) store.Record {
	m := mark(moving, rec.Version, rec.Expires)
	m.User = rec.User
	m.Values, _ = rec.AppendBinary(m.Values) // never fails
	return m
}
