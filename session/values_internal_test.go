package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// want checks that v holds what the map holds, in canonical form, however it is asked.
func (v values) want(t *testing.T, m map[string][]byte) {
	t.Helper()
	if err := v.check(); err != nil {
		t.Fatalf("%q: %v", []byte(v), err)
	}
	keys := slices.Sorted(maps.Keys(m))
	for e := range v.all() {
		if len(keys) == 0 || string(e.key) != keys[0] || !bytes.Equal(e.val, m[keys[0]]) {
			t.Fatalf("%q comes where %q is due", e.key, keys)
		}
		keys = keys[1:]
		if got, found := v.get(string(e.key)); !found || !bytes.Equal(got, e.val) {
			t.Fatalf("%q is %q, %v, when it is asked for", e.key, got, found)
		}
	}
	if len(keys) > 0 {
		t.Fatalf("%q are missing", keys)
	}
	if !sameValues(v, canonical(m)) {
		t.Fatalf("%q is not the one form of its content", []byte(v))
	}
}

// sameValues compares contents: none are written as no bytes, or as a format byte alone.
func sameValues(a, b values) bool {
	return bytes.Equal(a, b) || len(a) <= 1 && len(b) <= 1
}

// canonical writes the one form of a map's content, in the plainest way.
func canonical(m map[string][]byte) values {
	v := values{valuesFormat}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		v = append(binary.AppendUvarint(v, uint64(len(key))), key...)
		v = append(binary.AppendUvarint(v, uint64(len(m[key]))), m[key]...)
	}
	return v
}

func TestValuesAreAMap(t *testing.T) {
	for seed := range 100 {
		d := dice(seed)
		keys := []string{"", "a", "b", "aa", "\x00", "ab", "\xff", strings.Repeat("long", 50)}
		for range 5 {
			keys = append(keys, string(d.bytes(10)))
		}
		var v values
		m := map[string][]byte{}
		for range 300 {
			key := keys[d.below(len(keys))]
			if d.below(3) == 0 {
				v = v.without(key)
				delete(m, key)
			} else {
				val := d.bytes(300 >> d.below(8))
				v, m[key] = v.with(key, val), bytes.Clone(val)
				clear(val) // it was copied
			}
			v.want(t, m)
			if got, found := v.get("never set"); found || got != nil {
				t.Fatalf("a key that was never set has %q", got)
			}
		}
	}
}

func TestEqualContentsAreEqualBytes(t *testing.T) {
	d := dice(1)
	m := map[string][]byte{}
	for range 20 {
		m[string(d.bytes(5))] = d.bytes(200)
	}
	for range 100 {
		keys := slices.Collect(maps.Keys(m)) // in an order of its own each time
		var v values
		for _, key := range append(slices.Clone(keys), "gone") {
			v = v.with(key, d.bytes(300)) // what is overwritten or removed leaves no trace
		}
		v = v.without("gone")
		for _, key := range keys {
			v = v.with(key, m[key])
		}
		if !bytes.Equal(v, canonical(m)) {
			t.Fatal("the same content has two forms")
		}
		for _, key := range keys {
			v = v.without(key)
		}
		if !sameValues(v, nil) {
			t.Fatalf("without any value there are %d bytes", len(v))
		}
	}
}

func TestAValueThatIsReadCannotGrowIntoTheNext(t *testing.T) {
	v := values(nil).with("a", []byte("1")).with("b", []byte("2"))
	val, _ := v.get("a")
	_ = append(val, "overwritten"...)
	v.want(t, map[string][]byte{"a": []byte("1"), "b": []byte("2")})
}

func TestBrokenValuesAreRefused(t *testing.T) {
	whole := canonical(map[string][]byte{"a": []byte("1"), "b": bytes.Repeat([]byte("2"), 200), "c": nil})
	broken := map[string]values{
		"format 0":                                append(values{0}, whole[1:]...),
		"format 2":                                append(values{2}, whole[1:]...),
		"a byte too many":                         append(slices.Clone(whole), 0),
		"a key twice":                             {1, 1, 'a', 0, 1, 'a', 0},
		"the empty key twice":                     {1, 0, 0, 0, 0},
		"keys in the wrong order":                 {1, 1, 'b', 0, 1, 'a', 0},
		"a key past the end":                      {1, 2, 'a'},
		"a value past the end":                    {1, 1, 'a', 2, 'x'},
		"a length past the end":                   {1, 1, 'a', 0x80},
		"a length of 2^63":                        {1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 'a'},
		"a length of 2^64-1":                      {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'a'},
		"a length of 2^70":                        {1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 'a'},
		"a length that is longer than it need be": {1, 0x81, 0x00, 'a', 0},
		"a value's length that is longer than it need be": {1, 1, 'a', 0x80, 0x00},
	}
	for name, v := range broken {
		t.Run(name, func(t *testing.T) {
			if err := v.check(); !errors.Is(err, errValues) {
				t.Errorf("check returns %v", err)
			}
		})
	}
	// Cut after a whole entry, values are whole.
	ends := map[int]bool{0: true, 1: true}
	for e := range whole.all() {
		ends[e.end] = true
	}
	for n := range whole {
		if err := whole[:n].check(); (err == nil) != ends[n] {
			t.Errorf("cut to %d bytes check returns %v", n, err)
		}
	}
}

func TestSizeIsBoundedInAnyOrderOfTheKeys(t *testing.T) {
	for _, keys := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}} {
		var c content
		for i, key := range keys {
			_, err := c.set(key, make([]byte, 600-100*i), 1000) // each fits, and no two
			var size *SizeError
			if i > 0 && (!errors.As(err, &size) || size.Key != key || size.Size < 1000 || size.Max != 1000) || i == 0 && err != nil {
				t.Errorf("in the order %s, setting %s gives %v", keys, key, err)
			}
		}
		if _, err := c.set(keys[0], make([]byte, 900), 1000); err != nil {
			t.Errorf("a value that fits in the place of another gives %v", err)
		}
	}
}

func TestWatchedKeysThatDidNotChangeAreNotTakenForChanged(t *testing.T) {
	s := emptySession()
	s.Update(map[string]any{"user_id": 1, "visits": 1}) // is_admin, uid and others are not set
	s = nextRequest(s)
	s.Set("user_id", 1)
	s.Set("visits", 2)
	if !s.work.watched || s.mustRenew() {
		t.Error("the session would get a new ID though no watched key has another value")
	}
	s.Set("user_id", 2)
	if !s.mustRenew() {
		t.Error("the session keeps its ID though a watched key has another value")
	}
}

func FuzzValues(f *testing.F) {
	f.Add([]byte{}, "a", []byte("1"))
	f.Add([]byte{1}, "", []byte{})
	f.Add([]byte(canonical(map[string][]byte{"a": []byte("1"), "c": bytes.Repeat([]byte("2"), 200)})), "b", []byte("x"))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'a'}, "a", []byte{})
	f.Fuzz(func(t *testing.T, b []byte, key string, val []byte) {
		v := values(b)
		_, _ = v.get(key) // must not panic, whatever the bytes
		if v.check() != nil {
			return
		}
		m := map[string][]byte{}
		for e := range v.all() {
			m[string(e.key)] = bytes.Clone(e.val)
		}
		v.want(t, m)
		with := slices.Clone(v).with(key, val)
		m[key] = val
		with.want(t, m)
		delete(m, key)
		with.without(key).want(t, m)
	})
}
