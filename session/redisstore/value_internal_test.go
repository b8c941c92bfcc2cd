package redisstore

import (
	"errors"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// FuzzParse shows that whatever stands under a key is a record, a tombstone or an error, and never a panic.
func FuzzParse(f *testing.F) {
	now := time.UnixMicro(1_700_000_000_000_000)
	rec := session.Record{Version: 3, Created: now, Seen: now, Expires: now.Add(time.Hour), User: "ada", Values: []byte("values")}
	stored := "S" + eightBytes(now.UnixMicro()) + binaryOf(&rec)
	f.Add([]byte(stored))
	f.Add([]byte(stored[:len(stored)-8]))
	f.Add([]byte(stored[:recordOffset]))
	f.Add([]byte("D" + eightBytes(now.UnixMicro()) + eightBytes(now.UnixMicro())))
	f.Add([]byte("D"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, value []byte) {
		rec, err := parse(value, now)
		deleted := (*session.DeletedError)(nil)
		switch {
		case err == nil:
			if again := string(value[:recordOffset]) + binaryOf(&rec); again != string(value) {
				t.Errorf("% x is read, and written as % x", value, again)
			}
			if rec.Expired(now) {
				t.Error("an expired record is read")
			}
		case errors.As(err, &deleted):
			if value[0] != tombstoneKind {
				t.Errorf("% x is a tombstone", value)
			}
		case rec.Values != nil:
			t.Error("there is an error, and a record")
		}
	})
}
