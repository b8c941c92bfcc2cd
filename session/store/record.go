package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A Record is the stored form of a session. To a store, Version and Expires have a meaning (and User, to one that lists
// by user); the rest is kept as it is.
//
// Times are UTC with a resolution of a microsecond: the engine hands in no finer ones, and a store gives back the same
// instants.
type Record struct {
	Version uint64    // grows by one at each save; 0 was never saved
	Created time.Time // when the session began; the base of the absolute lifetime
	Seen    time.Time // when a request last used it, to the resolution of Options.SeenInterval
	Expires time.Time // from when on it is not there
	User    string    // whose session it is; "" is nobody's
	Values  []byte    // the session's values in the engine's encoding, opaque to a store
}

// Expired reports whether the record is not there any more at the time now.
func (r *Record) Expired(now time.Time) bool { return !now.Before(r.Expires) }

// The binary form of a record, all integers big-endian, times in microseconds since 1970:
//
//	offset  size  field
//	     0     1  format, 1
//	     1     8  version
//	     9     8  created
//	    17     8  seen
//	    25     8  expires
//	    33     4  length of user
//	    37     n  user
//	  37+n  rest  values
const (
	recordFormat = 1
	recordHeader = 37
)

// ErrRecord is what UnmarshalBinary returns, wrapped, for bytes that are no record.
var ErrRecord = errors.New("store: not a record")

// EncodedSize returns the number of bytes that AppendBinary adds.
func (r *Record) EncodedSize() int { return recordHeader + len(r.User) + len(r.Values) }

// AppendBinary appends the record's binary form to b: a format byte, the version, the times and the user before the
// values, for stores that keep a session as one string of bytes. It never fails.
func (r *Record) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, recordFormat)
	b = binary.BigEndian.AppendUint64(b, r.Version)
	for _, t := range [...]time.Time{r.Created, r.Seen, r.Expires} {
		b = binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.User))) //nolint:gosec // the engine bounds a session's size
	b = append(b, r.User...)
	return append(b, r.Values...), nil
}

// UnmarshalBinary reads what AppendBinary wrote. The record shares no memory with data.
func (r *Record) UnmarshalBinary(data []byte) error {
	if len(data) < recordHeader {
		return fmt.Errorf("%w: %d bytes, want %d or more", ErrRecord, len(data), recordHeader)
	}
	if data[0] != recordFormat {
		return fmt.Errorf("%w: format %d, want %d", ErrRecord, data[0], recordFormat)
	}
	user := int64(binary.BigEndian.Uint32(data[33:]))
	if user > int64(len(data)-recordHeader) {
		return fmt.Errorf("%w: a user of %d bytes in a record of %d", ErrRecord, user, len(data))
	}
	rest := data[recordHeader:]
	*r = Record{
		Version: binary.BigEndian.Uint64(data[1:]),
		Created: microTime(data[9:]),
		Seen:    microTime(data[17:]),
		Expires: microTime(data[25:]),
		User:    string(rest[:user]),
		Values:  append([]byte{}, rest[user:]...),
	}
	return nil
}

func microTime(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // two's complement
}
