package filestore

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// The layout is in the package's documentation.
const (
	magic         = "PROAPI"
	formatVersion = 1

	kindRecord    = 'R'
	kindTombstone = 'T'

	prefixSize    = 8              // what stands before the checksum
	headerSize    = prefixSize + 4 // and with it
	tombstoneSize = headerSize + 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A brokenError is the reason why a file is no session's file. It tells nothing of the content.
type brokenError string

func (e brokenError) Error() string { return string(e) }

// An entry is what a session's file holds: a record, or the tombstone of a deleted one.
type entry struct {
	record    store.Record
	tombstone bool
	deleted   time.Time // of a tombstone: when Delete was called
	until     time.Time // of a tombstone: when it ends
}

// ended reports whether the entry counts as not there any more.
func (e *entry) ended(now time.Time) bool {
	if e.tombstone {
		return !now.Before(e.until)
	}
	return e.record.Expired(now)
}

// encode returns the content of the entry's file under key.
func (e *entry) encode(key store.Key) []byte {
	size, kind := headerSize+e.record.EncodedSize(), byte(kindRecord)
	if e.tombstone {
		size, kind = tombstoneSize, kindTombstone
	}
	b := make([]byte, 0, size)
	b = append(b, magic...)
	b = append(b, formatVersion, kind, 0, 0, 0, 0) // the zeros are the checksum's place
	if e.tombstone {
		b = appendTime(b, e.deleted)
		b = appendTime(b, e.until.Add(time.Microsecond-1)) // rounded up: it ends no earlier than it was told to
	} else {
		b, _ = e.record.AppendBinary(b) // never fails
	}
	binary.BigEndian.PutUint32(b[prefixSize:], checksum(key, b))
	return b
}

// decode reads the content of the file under key. Its error is a brokenError.
func decode(key store.Key, b []byte) (entry, error) {
	switch {
	case len(b) == 0:
		return entry{}, brokenError("empty")
	case len(b) < headerSize:
		return entry{}, brokenError("cut short")
	case string(b[:len(magic)]) != magic:
		return entry{}, brokenError("not a session's file")
	case b[len(magic)] != formatVersion:
		return entry{}, brokenError("of another format")
	case binary.BigEndian.Uint32(b[prefixSize:]) != checksum(key, b):
		return entry{}, brokenError("wrong checksum")
	}
	switch kind := b[len(magic)+1]; {
	case kind == kindRecord:
		return decodeRecord(b)
	case kind == kindTombstone && len(b) == tombstoneSize:
		return entry{tombstone: true, deleted: timeAt(b[headerSize:]), until: timeAt(b[headerSize+8:])}, nil
	}
	return entry{}, brokenError("of another kind")
}

func decodeRecord(b []byte) (entry, error) {
	var e entry
	if err := e.record.UnmarshalBinary(b[headerSize:]); err != nil {
		return entry{}, brokenError("not a record")
	}
	return e, nil
}

// checksum is the sum of the key and of the whole file but the checksum's own place.
func checksum(key store.Key, b []byte) uint32 {
	sum := crc32.Update(0, castagnoli, key[:])
	sum = crc32.Update(sum, castagnoli, b[:prefixSize])
	return crc32.Update(sum, castagnoli, b[headerSize:])
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()))
}

func timeAt(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // two's complement
}
