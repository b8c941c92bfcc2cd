package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"iter"
)

// values is a session's dictionary in its stored form, which is also the one that handlers work on: nothing is decoded
// that is not read. It is empty, or a format byte and the entries, sorted by key, so that equal contents are equal bytes:
//
//	format 1 | key length, key, value length, value | ...        (lengths as unsigned varints)
//
// Keys that begin with a NUL are the engine's own.
type values []byte

const valuesFormat = 1

var errValues = errors.New("session: broken values")

// entry is one key of values; it aliases them.
type entry struct {
	key, val []byte
	end      int // of the entry, in values
}

// location is where an entry lies in values, and where in it the value begins; start, val and end are one where there is none.
type location struct{ start, val, end int }

// all yields the entries in the order of their keys. It stops at bytes that are no entry; check finds those first.
func (v values) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for at := 1; at < len(v); {
			e, ok := v.entryAt(at)
			if !ok || !yield(e) {
				return
			}
			at = e.end
		}
	}
}

func (v values) entryAt(at int) (e entry, ok bool) {
	start, end := v.span(at)
	if end > len(v) {
		return e, false
	}
	from, to := v.span(end)
	if to > len(v) {
		return e, false
	}
	return entry{key: v[start:end:end], val: v[from:to:to], end: to}, true
}

// span returns where the bytes begin and end whose length stands at at. Where none does, the end is past that of v.
func (v values) span(at int) (start, end int) {
	if at < len(v) && v[at] < 0x80 { // most lengths are one byte
		return at + 1, at + 1 + int(v[at])
	}
	return v.longSpan(at)
}

func (v values) longSpan(at int) (start, end int) {
	n, size := binary.Uvarint(v[at:])
	if size <= 0 || size > uvarintSize(n) || n > uint64(len(v)-at-size) { //nolint:gosec // not negative
		return at, len(v) + 1
	}
	return at + size, at + size + int(n) //nolint:gosec // bounded above
}

// check reports whether stored bytes are values.
func (v values) check() error {
	if len(v) == 0 {
		return nil
	}
	if v[0] != valuesFormat {
		return errValues
	}
	var last []byte
	for at := 1; at < len(v); {
		start, end := v.span(at)
		if end > len(v) {
			return errValues
		}
		_, next := v.span(end)
		if next > len(v) || at > 1 && !follows(v[start:end], last) {
			return errValues
		}
		at, last = next, v[start:end]
	}
	return nil
}

// follows reports whether a key may stand after another.
func follows(key, last []byte) bool {
	if len(key) > 0 && len(last) > 0 && key[0] != last[0] {
		return key[0] > last[0]
	}
	return bytes.Compare(key, last) > 0
}

// short returns where the key ends whose length stands at at, and where its value does, where both lengths are one byte, as
// most are. It does not look whether the value ends in v.
func (v values) short(at int) (end, next int, ok bool) {
	end = at + 1 + int(v[at])
	if end >= len(v) || v[at]|v[end] >= 0x80 {
		return 0, 0, false
	}
	return end, end + 1 + int(v[end]), true
}

// find returns where key's entry is, or would be.
func (v values) find(key string) (p location, found bool) {
	at := min(1, len(v))
	for at < len(v) {
		end, next, ok := v.short(at)
		start, val := at+1, end+1
		if !ok {
			if start, end = v.span(at); end > len(v) {
				break
			}
			val, next = v.span(end)
		}
		if next > len(v) {
			break
		}
		switch name := v[start:end]; {
		case len(name) > 0 && key != "" && name[0] < key[0]: // before it, as the first byte tells of most
		case string(name) == key:
			return location{at, val, next}, true
		case string(name) > key:
			return location{at, at, at}, false
		}
		at = next
	}
	return location{at, at, at}, false
}

// get returns key's value as it is stored.
func (v values) get(key string) ([]byte, bool) {
	for at := 1; at < len(v); {
		end, next, ok := v.short(at)
		if !ok || next > len(v) {
			return v.longGet(key)
		}
		if len(key) == end-at-1 && string(v[at+1:end]) == key {
			return v[end+1 : next : next], true
		}
		at = next
	}
	return nil, false
}

// longGet is get where an entry is not short.
func (v values) longGet(key string) ([]byte, bool) {
	p, found := v.find(key)
	if !found {
		return nil, false
	}
	return v[p.val:p.end:p.end], true
}

// with returns values in which key has the value val. It may reuse v's memory.
func (v values) with(key string, val []byte) values {
	p, _ := v.find(key)
	return v.withAt(p, key, val)
}

// withAt is with, where key's place is known.
func (v values) withAt(p location, key string, val []byte) values {
	if p.val > p.start && p.end-p.val == len(val) { // a number or a time again
		copy(v[p.val:], val)
		return v
	}
	size := uvarintSize(uint64(len(key))) + len(key) + uvarintSize(uint64(len(val))) + len(val)
	if len(v) == 0 {
		v = append(make(values, 0, max(1+size, roomForMore)), valuesFormat)
		p = location{1, 1, 1}
	}
	v = v.resize(p, size)
	b := binary.AppendUvarint(v[:p.start], uint64(len(key)))
	b = append(b, key...)
	b = binary.AppendUvarint(b, uint64(len(val)))
	_ = append(b, val...) // lands in v: resize made the room
	return v
}

// roomForMore is how many bytes values have left over when they grow: for a number more.
const roomForMore = 16

// without returns values that do not have key. It reuses v's memory.
func (v values) without(key string) values {
	p, found := v.find(key)
	if !found {
		return v
	}
	return append(v[:p.start], v[p.end:]...)
}

// resize makes the bytes between p.start and p.end so many as size says.
func (v values) resize(p location, size int) values {
	old := len(v)
	grow := size - (p.end - p.start)
	if old+grow > cap(v) {
		v = append(make(values, 0, old+grow+old/4+roomForMore), v...)
	}
	v = v[:max(old, old+grow)]
	copy(v[p.start+size:], v[p.end:old])
	return v[:old+grow]
}

// sum returns a number that differs for different contents: two have the same by a chance of one in 2^64, whoever chooses
// them, since the seed is secret.
func (v values) sum() uint64 {
	if len(v) <= 1 { // nothing, with its format or without
		return 0
	}
	return maphash.Bytes(sumSeed, v)
}

var sumSeed = maphash.MakeSeed()

func uvarintSize(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}
