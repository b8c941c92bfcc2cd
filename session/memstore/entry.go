package memstore

import (
	"encoding/binary"

	"github.com/proapi-go/proapi/session/internal/direct"
	"github.com/proapi-go/proapi/session/store"
)

// An entry is a slot's bytes: a record, or a tombstone, which is a header alone. All integers are little-endian, times in
// microseconds since 1970.
//
//	offset  size  field           of a tombstone
//	     0    32  key
//	    32     8  version         0
//	    40     8  expires         until when saves are refused
//	    48     8  created         when Delete was called
//	    56     8  seen
//	    64     4  place, in the queue of what expires
//	    68     4  length of user
//	    72     4  length of values
//	    76     n  user
//	  76+n     m  values
type entry []byte

const (
	atVersion = store.KeySize
	atExpires = atVersion + 8
	atCreated = atExpires + 8
	atSeen    = atCreated + 8
	atPlace   = atSeen + 8
	atUserLen = atPlace + 4
	atLen     = atUserLen + 4
	atUser    = atLen + 4
	tombstone = atUser // a tombstone's size
)

// entrySize returns the size of the entry of a record.
func entrySize(rec *direct.Record) int { return atUser + len(rec.User) + len(rec.Values) }

func (e entry) key() *store.Key         { return (*store.Key)(e) }
func (e entry) version() uint64         { return binary.LittleEndian.Uint64(e[atVersion:]) }
func (e entry) expires() int64          { return e.micros(atExpires) }
func (e entry) isTombstone() bool       { return e.version() == 0 }
func (e entry) place() uint32           { return binary.LittleEndian.Uint32(e[atPlace:]) }
func (e entry) setPlace(place uint32)   { binary.LittleEndian.PutUint32(e[atPlace:], place) }
func (e entry) setExpires(micros int64) { e.setMicros(atExpires, micros) }

func (e entry) micros(offset int) int64 {
	return int64(binary.LittleEndian.Uint64(e[offset:])) //nolint:gosec // two's complement
}

func (e entry) setMicros(offset int, micros int64) {
	binary.LittleEndian.PutUint64(e[offset:], uint64(micros)) //nolint:gosec // two's complement
}

// live reports whether there is an entry, and it has not expired.
func (e entry) live(now int64) bool { return e != nil && e.expires() > now }

func (e entry) user() []byte { return e[atUser:][:binary.LittleEndian.Uint32(e[atUserLen:])] }

// record reads the record in the entry, which shares no memory with it.
func (e entry) record(rec *direct.Record) {
	user := e.user()
	stored := e[atUser+len(user):][:binary.LittleEndian.Uint32(e[atLen:])]
	values := make([]byte, len(stored)) // in one step with copy, which bytes.Clone is not
	copy(values, stored)
	rec.Version = e.version()
	rec.Created = e.micros(atCreated)
	rec.Seen = e.micros(atSeen)
	rec.Expires = e.micros(atExpires)
	rec.User = string(user)
	rec.Values = values
}

// setRecord writes the record, with the given version, over all but the key and the place. The entry is as long as
// entrySize says, or longer.
func (e entry) setRecord(rec *direct.Record, version uint64) {
	binary.LittleEndian.PutUint64(e[atVersion:], version)
	e.setMicros(atExpires, rec.Expires)
	e.setMicros(atCreated, rec.Created)
	e.setMicros(atSeen, rec.Seen)
	e.setLengths(len(rec.User), len(rec.Values))
	copy(e[atUser:], rec.User)
	copy(e[atUser+len(rec.User):], rec.Values)
}

// setTombstone writes a tombstone over all but the key and the place.
func (e entry) setTombstone(deleted, until int64) {
	binary.LittleEndian.PutUint64(e[atVersion:], 0)
	e.setMicros(atExpires, until)
	e.setMicros(atCreated, deleted)
	e.setLengths(0, 0)
}

func (e entry) setLengths(user, values int) {
	binary.LittleEndian.PutUint32(e[atUserLen:], uint32(user)) //nolint:gosec // maxEntry bounds both
	binary.LittleEndian.PutUint32(e[atLen:], uint32(values))   //nolint:gosec // maxEntry bounds both
}
