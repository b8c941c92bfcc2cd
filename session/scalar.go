package session

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf8"
)

// Most values in sessions are scalars. Their CBOR (RFC 8949, section 3) is written and read here without reflection;
// the bytes are those that the codec would write, and whatever is not simple is left to it.

const (
	majorUint  = 0 << 5
	majorInt   = 1 << 5
	majorBytes = 2 << 5
	majorText  = 3 << 5
	majorTag   = 6 << 5

	cborFalse   = 0xf4
	cborTrue    = 0xf5
	cborNull    = 0xf6
	cborFloat64 = 0xfb
	tagDateTime = majorTag // tag 0, section 3.4.1: RFC 3339 text
)

// scalarHead is how many bytes an initial byte and its argument take at the most.
const scalarHead = 9

// scalarRoom is how many bytes appendScalar needs for v at the most.
func scalarRoom(v any) int {
	switch v := v.(type) {
	case string:
		return scalarHead + len(v)
	case []byte:
		return scalarHead + len(v)
	case time.Time:
		return scalarHead + len(time.RFC3339Nano)
	}
	return scalarHead
}

// appendScalar appends v's bytes to b, where v is of a simple type.
func appendScalar(b []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(b, cborNull), true
	case bool:
		if v {
			return append(b, cborTrue), true
		}
		return append(b, cborFalse), true
	case int:
		return appendInt(b, int64(v)), true
	case int64:
		return appendInt(b, v), true
	case string:
		if !utf8.ValidString(v) {
			return b, false
		}
		return append(appendHead(b, majorText, uint64(len(v))), v...), true
	case []byte:
		return append(appendHead(b, majorBytes, uint64(len(v))), v...), true
	case float64:
		if math.IsNaN(v) {
			return b, false
		}
		return binary.BigEndian.AppendUint64(append(b, cborFloat64), math.Float64bits(v)), true
	case time.Time:
		return appendTime(b, v)
	}
	return b, false
}

func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorInt, uint64(^n)) //nolint:gosec // ^n of a negative n is not negative
	}
	return appendHead(b, majorUint, uint64(n))
}

// appendHead appends an initial byte and its argument in the shortest form.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// appendTime leaves years that RFC 3339 cannot express to the codec, which says so, and writes a time in UTC whose offset
// it cannot express.
func appendTime(b []byte, t time.Time) ([]byte, bool) {
	if !hasOffset(t) {
		t = t.UTC()
	}
	if t.Year() < 0 || t.Year() > 9999 {
		return b, false
	}
	var text [len(time.RFC3339Nano)]byte
	s := t.AppendFormat(text[:0], time.RFC3339Nano)
	return append(appendHead(append(b, tagDateTime), majorText, uint64(len(s))), s...), true
}

// readScalar reads a simple value from the start of b. ok is false where it is not simple, or broken.
func readScalar(b []byte) (v any, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, b, false
	}
	switch b[0] {
	case cborFalse, cborTrue:
		return boxed(readBool(b))
	case cborNull:
		return nil, b[1:], true
	case cborFloat64:
		return boxed(readFloat(b))
	case tagDateTime:
		return boxed(readTime(b))
	}
	switch b[0] & 0xe0 {
	case majorUint, majorInt:
		return boxed(readInt(b))
	case majorText:
		return boxed(readText(b))
	case majorBytes:
		return boxed(readBytes(b))
	}
	return nil, b, false
}

func boxed[T any](v T, rest []byte, ok bool) (any, []byte, bool) {
	if !ok {
		return nil, rest, false
	}
	return v, rest, true
}

func readBool(b []byte) (v bool, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != cborFalse && b[0] != cborTrue {
		return false, b, false
	}
	return b[0] == cborTrue, b[1:], true
}

func readFloat(b []byte) (v float64, rest []byte, ok bool) {
	if len(b) < 9 || b[0] != cborFloat64 {
		return 0, b, false
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b[1:])), b[9:], true
}

// readInt leaves integers that are no int to the codec.
func readInt(b []byte) (v int, rest []byte, ok bool) {
	major, n, rest, ok := readHead(b)
	if !ok || n > math.MaxInt || major != majorUint && major != majorInt {
		return 0, b, false
	}
	if major == majorInt {
		return int(^n), rest, true //nolint:gosec // -1-n, and n is no more than the largest int
	}
	return int(n), rest, true
}

func readText(b []byte) (v string, rest []byte, ok bool) {
	text, rest, ok := readCounted(b, majorText)
	if !ok || !utf8.Valid(text) {
		return "", b, false
	}
	return string(text), rest, true
}

func readBytes(b []byte) (v, rest []byte, ok bool) {
	v, rest, ok = readCounted(b, majorBytes)
	if !ok {
		return nil, b, false
	}
	return append([]byte{}, v...), rest, true
}

// readCounted reads a text or bytes, which alias b.
func readCounted(b []byte, want byte) (v, rest []byte, ok bool) {
	major, n, rest, ok := readHead(b)
	if !ok || major != want || n > uint64(len(rest)) {
		return nil, b, false
	}
	return rest[:n], rest[n:], true
}

func readTime(b []byte) (v time.Time, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != tagDateTime {
		return v, b, false
	}
	text, rest, ok := readCounted(b[1:], majorText)
	if !ok {
		return v, b, false
	}
	v, err := time.Parse(time.RFC3339Nano, string(text))
	return v, rest, err == nil
}

// readHead reads an initial byte and its argument.
func readHead(b []byte) (major byte, n uint64, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, 0, b, false
	}
	major, info := b[0]&0xe0, b[0]&0x1f
	if info < 24 {
		return major, uint64(info), b[1:], true
	}
	size := 1 << (info - 24)
	if info > 27 || len(b) < 1+size {
		return 0, 0, b, false
	}
	for _, c := range b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	return major, n, b[1+size:], true
}

// hasOffset reports whether RFC 3339 can express the time's offset: whole minutes, less than a day.
func hasOffset(t time.Time) bool {
	_, offset := t.Zone()
	return offset%60 == 0 && offset > -24*60*60 && offset < 24*60*60
}
