package scsstore

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// An entry is what is kept under a token: a NUL, with which none of scs's own begins (they are gob, or what an
// application's codec makes of them), a letter, and
//
//	r  a record's binary form
//	d  of a deleted session: when that was, and until when it is refused, in microseconds since 1970, big-endian
const (
	markRecord  = "\x00r"
	markDeleted = "\x00d"
	markSize    = 2
)

// slack is for how much longer than it is needed an entry is kept: a backing's clock, or what it rounds to, must not end
// one early. When one ends is decided here.
const slack = time.Minute

var errEntry = errors.New("there is something else under the session's token")

// state is what is stored of a session: a record, or that it was deleted, or nothing.
type state struct {
	record  store.Record // version 0 where there is none
	deleted time.Time    // zero where it was not
	until   time.Time
}

// parse reads an entry as it is at the time now.
func parse(b []byte, now time.Time) (s state, err error) {
	if len(b) < markSize {
		return s, errEntry
	}
	switch mark, rest := string(b[:markSize]), b[markSize:]; {
	case mark == markRecord:
		if err := s.record.UnmarshalBinary(rest); err != nil {
			return state{}, err
		}
		if s.record.Expired(now) {
			return state{}, nil
		}
	case mark == markDeleted && len(rest) == 16:
		s.deleted, s.until = micros(rest), micros(rest[8:])
		if !now.Before(s.until) {
			return state{}, nil
		}
	default:
		return s, errEntry
	}
	return s, nil
}

func micros(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // two's complement
}

// tombstone returns the entry of a deleted session.
func tombstone(deleted, until time.Time) []byte {
	b := []byte(markDeleted)
	b = binary.BigEndian.AppendUint64(b, uint64(deleted.UnixMicro()))
	return binary.BigEndian.AppendUint64(b, uint64(until.Add(time.Microsecond-1).UnixMicro())) // not a moment too short
}

// recordEntry returns the entry of a record.
func recordEntry(rec *store.Record) []byte {
	b := make([]byte, 0, markSize+rec.EncodedSize())
	b, _ = rec.AppendBinary(append(b, markRecord...)) // never fails
	return b
}

// tokenOf returns a key's name in the backing: 43 letters, as scs's own tokens have, for which its tables are made.
func tokenOf(key store.Key) string { return base64.RawURLEncoding.EncodeToString(key[:]) }

// keyOf is the inverse of tokenOf.
func keyOf(token string) (key store.Key, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != len(key) {
		return key, false
	}
	return store.Key(b), true
}
