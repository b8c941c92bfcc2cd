package session

import (
	"bytes"
	"testing"
	"time"
)

// FuzzSealed shows that nothing opens but what was sealed, for its session alone.
func FuzzSealed(f *testing.F) {
	s, err := newSeals([][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)})
	if err != nil {
		f.Fatal(err)
	}
	now := time.UnixMicro(1_700_000_000_000_000).UTC()
	key, rec := Key{1, 2, 3}, Record{Version: 4, Created: now, Seen: now, Expires: now.Add(time.Hour), User: "ada", Values: []byte("values")}
	sealed := s.seal(key, rec)
	rec.Version++
	f.Add(sealed, uint64(5), "ada")
	f.Add(sealed[:len(sealed)-1], uint64(5), "ada")
	f.Add(sealed, uint64(4), "ada")
	f.Add(sealed, uint64(5), "eve")
	f.Add([]byte{sealedFormat, s[1].id}, uint64(5), "ada")
	f.Add([]byte{}, uint64(0), "")
	f.Fuzz(func(t *testing.T, values []byte, version uint64, user string) {
		other := rec
		other.Version, other.User, other.Values = version, user, values
		plain, err := s.open(key, other)
		same := version == rec.Version && user == rec.User
		opens := err == nil // only what was sealed does, here or in another process of the fuzzer: with another nonce
		if opens && (!same || string(plain) != "values") || same && bytes.Equal(values, sealed) && !opens {
			t.Errorf("% x opens as %q, %v", values, plain, err)
		}
		again, err := s.open(key, Record{Version: version + 1, User: user, Values: s.seal(key, Record{Version: version, User: user, Values: values})})
		if err != nil || !bytes.Equal(again, values) {
			t.Errorf("what was sealed opens as %q, %v", again, err)
		}
	})
}
