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
	formatVersion = 2

	kindRecord    = 'R'
	kindTombstone = 'T'

	prefixSize    = 8              // what stands before the checksum
	numberAt      = prefixSize + 4 // and with it
	lengthAt      = numberAt + 8   // and with the number
	headerSize    = lengthAt + 4   // and with the length
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

// size returns how many bytes a copy of the entry has.
func (e *entry) size() int {
	if e.tombstone {
		return tombstoneSize
	}
	return headerSize + e.record.EncodedSize()
}

// encode returns a copy of the entry, with its number, as it stands in the file under key.
func (e *entry) encode(key store.Key, number uint64) []byte {
	size, kind := e.size(), byte(kindRecord)
	if e.tombstone {
		kind = kindTombstone
	}
	b := make([]byte, 0, size)
	b = append(b, magic...)
	b = append(b, formatVersion, kind, 0, 0, 0, 0) // the zeros are the checksum's place
	b = binary.BigEndian.AppendUint64(b, number)
	b = binary.BigEndian.AppendUint32(b, uint32(size-headerSize)) //nolint:gosec // put has refused what is larger than maxFile
	if e.tombstone {
		b = appendTime(b, e.deleted)
		b = appendTime(b, e.until.Add(time.Microsecond-1)) // rounded up: it ends no earlier than it was told to
	} else {
		b, _ = e.record.AppendBinary(b) // never fails
	}
	binary.BigEndian.PutUint32(b[prefixSize:], checksum(key, b))
	return b
}

// decode reads the copy with which b begins, of the file under key, and returns its size. Its error is a brokenError.
func decode(key store.Key, b []byte) (e entry, size int, err error) {
	switch {
	case len(b) == 0:
		return entry{}, 0, brokenError("empty")
	case len(b) < headerSize:
		return entry{}, 0, brokenError("cut short")
	case string(b[:len(magic)]) != magic:
		return entry{}, 0, brokenError("not a session's file")
	case b[len(magic)] != formatVersion:
		return entry{}, 0, brokenError("of another format")
	}
	length := binary.BigEndian.Uint32(b[lengthAt:])
	if int64(length) > int64(len(b)-headerSize) {
		return entry{}, 0, brokenError("cut short")
	}
	b = b[:headerSize+int(length)]
	if binary.BigEndian.Uint32(b[prefixSize:]) != checksum(key, b) {
		return entry{}, 0, brokenError("wrong checksum")
	}
	e, err = decodeContent(b)
	return e, len(b), err
}

func decodeContent(b []byte) (entry, error) {
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

// checksum is the sum of the key and of a whole copy but the checksum's own place.
func checksum(key store.Key, b []byte) uint32 {
	sum := crc32.Update(0, castagnoli, key[:])
	sum = crc32.Update(sum, castagnoli, b[:prefixSize])
	return crc32.Update(sum, castagnoli, b[numberAt:])
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()))
}

func timeAt(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // two's complement
}
