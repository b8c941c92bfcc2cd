package redisstore

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

// What is stored under a session's key is a record or, in its place, a tombstone. Integers are big-endian.
//
//	'S', until when the user's index has the session (8 bytes, microseconds), the record as AppendBinary writes it
//	'D', until when saves are refused, when the session was deleted (8 bytes each, microseconds)
//
// The key's time to live is the record's or the tombstone's, counted from the call, so that the server's clock need not
// be ours. What has expired by our clock is not there, whether the server still has it or not.
const (
	recordKind    = 'S'
	tombstoneKind = 'D'

	recordOffset  = 9
	userOffset    = 37 // of the user, in a record
	tombstoneSize = 17
)

// parse reads what is stored.
func parse(value []byte, now time.Time) (rec session.Record, err error) {
	switch {
	case len(value) == tombstoneSize && value[0] == tombstoneKind:
		return rec, &session.DeletedError{At: timeAt(value[9:])}
	case len(value) < recordOffset || value[0] != recordKind:
		return rec, errBroken
	}
	if err := rec.UnmarshalBinary(value[recordOffset:]); err != nil {
		return session.Record{}, errBroken
	}
	if rec.Expired(now) {
		return session.Record{}, session.ErrNotFound
	}
	return rec, nil
}

// read reads an answer to GET.
func read(answer rueidis.RedisResult) (session.Record, error) {
	value, err := answer.AsBytes()
	if rueidis.IsRedisNil(err) {
		return session.Record{}, session.ErrNotFound
	}
	if says(err, "WRONGTYPE ") {
		return session.Record{}, errBroken
	}
	if err != nil {
		return session.Record{}, err
	}
	return parse(value, time.Now())
}

// binaryOf returns the binary form of a record as a string, which is what the client takes.
func binaryOf(rec *session.Record) string {
	b, _ := rec.AppendBinary(make([]byte, 0, rec.EncodedSize())) // never fails
	return rueidis.BinaryString(b)                               // shares the bytes, which nobody changes
}

func timeAt(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // two's complement
}

// text is how keys are written: 43 letters, digits, - and _.
var text = base64.RawURLEncoding

// keyOf reads what text has written.
func keyOf(s string) (key session.Key, ok bool) {
	b, err := text.DecodeString(s)
	if err != nil || len(b) != len(key) {
		return key, false
	}
	copy(key[:], b)
	return key, true
}
