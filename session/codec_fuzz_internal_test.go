package session

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// hostile are bytes that no engine wrote.
func hostile() map[string][]byte {
	deep := bytes.Repeat([]byte{0x81}, 10_000)
	return map[string][]byte{
		"nothing": {}, "a break": {0xff}, "reserved": {0x1c}, "endless list": {0x9f, 1, 0xff}, "endless text": {0x7f, 0x61, 'a', 0xff},
		"a list of 2^64":  {0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a list of 2^32":  {0x9a, 0xff, 0xff, 0xff, 0xff, 1},
		"a map of 2^63":   {0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 1},
		"a text of 2^64":  {0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'a'},
		"bytes of 2^31":   {0x5a, 0x80, 0, 0, 0, 0},
		"a key twice":     {0xa2, 0x61, 'a', 1, 0x61, 'a', 2},
		"no UTF-8":        {0x61, 0xff},
		"half a float":    {0xfb, 1, 2, 3},
		"two values":      {1, 1},
		"text, and more":  {0x61, 'a', 1},
		"10,001 elements": append([]byte{0x99, 0x27, 0x11}, make([]byte, 10_001)...),
		"deep":            append(deep, 1),
		"deep tags":       append(bytes.Repeat([]byte{0xc6}, 10_000), 1),
		"no time":         append([]byte{0xc0, 0x65}, "today"...),
		"half a time":     {0xc0, 0x74, '2'},
	}
}

func TestHostileBytesAreErrors(t *testing.T) {
	for name, b := range hostile() {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			if v, err := decodeValue(b); err == nil {
				t.Errorf("it decodes to %#v", v)
			}
			if v, err := decodeAs[struct{ A, B []map[string]any }](b); err == nil {
				t.Errorf("it decodes to %#v", v)
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("it took %s to say so", took)
			}
		})
	}
}

func FuzzDecodeValue(f *testing.F) {
	for _, b := range hostile() {
		f.Add(b)
	}
	for _, v := range []any{nil, true, -1, "x", []byte{1}, 1.5, time.Unix(1e9, 1), []any{1, map[string]any{"a": "b"}}, order{}} {
		b, err := encodeValue(v, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		begun := time.Now()
		fast, errFast := decodeValue(b)
		var slow any
		errSlow := decodeGeneral(b, &slow)
		if (errFast == nil) != (errSlow == nil) || errFast == nil && !sameText(fast, slow) {
			t.Errorf("%x is %#v, %v, and to the codec %#v, %v", b, fast, errFast, slow, errSlow)
		}
		for _, decode := range []func([]byte){
			readAs[string], readAs[int], readAs[bool], readAs[float64], readAs[time.Time], readAs[[]int], readAs[map[string]Named], readAs[order],
		} {
			decode(b) // must not panic
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%d bytes took %s", len(b), took)
		}
	})
}

func readAs[T any](b []byte) { _, _ = decodeAs[T](b) }

// sameText compares values that may hold NaNs.
func sameText(a, b any) bool { return same(a, b) || fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) }
