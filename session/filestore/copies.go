package filestore

import (
	"encoding/binary"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A session's file has room for two copies of it, each in a half of its own, of which the newer counts: a save writes over
// the older one, so that there is always a whole one, and nothing has to be made, renamed or freed.
const (
	pageSize = 4096    // a half is a multiple: what tears a page in one leaves the other alone
	maxHalf  = 1 << 20 // a larger session's file holds one copy, and is replaced
)

// halfFor returns the size of a half for a copy of n bytes, and 0 where its file is to hold that one alone.
func halfFor(n int) int64 {
	if n > maxHalf {
		return 0
	}
	half := pageSize
	for half < n {
		half *= 2
	}
	return int64(half)
}

// A content is what a session's file holds.
type content struct {
	entry  entry
	number uint64 // of the copy that counts: the other's is lower
	spare  int64  // where the next one goes
	room   int64  // and how large it may be; 0 where there is no place for it
	torn   bool   // the other copy is not whole: it is being written, or a crash came while it was
}

// takes reports whether a copy of so many bytes is to be written over the spare one. A file that has become much too large
// is replaced.
func (c *content) takes(n int) bool {
	return int64(n) <= c.room && c.room <= 4*halfFor(n)
}

// decodeFile reads a session's file. Its error is a brokenError.
func decodeFile(key store.Key, b []byte) (content, error) {
	if len(b) == 0 || len(b)%(2*pageSize) != 0 {
		e, size, err := decode(key, b)
		if err == nil && size != len(b) {
			return content{}, brokenError("longer than it says")
		}
		return content{entry: e, number: numberOf(b)}, err
	}
	half := len(b) / 2
	first, _, err := decode(key, b[:half])
	second, _, otherErr := decode(key, b[half:])
	switch {
	case err != nil && otherErr != nil:
		return content{}, err
	case err != nil, otherErr == nil && numberOf(b[half:]) > numberOf(b):
		return content{entry: second, number: numberOf(b[half:]), spare: 0, room: int64(half), torn: err != nil && !blank(b)}, nil
	}
	return content{
		entry: first, number: numberOf(b), spare: int64(half), room: int64(half), torn: otherErr != nil && !blank(b[half:]),
	}, nil
}

// numberOf returns the number in the header of a copy.
func numberOf(b []byte) uint64 {
	if len(b) < headerSize {
		return 0
	}
	return binary.BigEndian.Uint64(b[numberAt:])
}

// blank reports whether a half was never written.
func blank(half []byte) bool { return [headerSize]byte(half) == [headerSize]byte{} }

// firstNumber returns the number of a new file's copy: one that no earlier file of the session had, so that what is known of
// that is not taken for known of this.
func firstNumber() uint64 { return uint64(time.Now().UnixMicro()) }
