package session

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// notA checks that v is no T.
func notA[T any](v any) func(t *testing.T) {
	return func(t *testing.T) {
		s := keep(t, v)
		got, err := Value[T](s, "v")
		var typ *TypeError
		if !errors.As(err, &typ) || typ.Key != "v" || typ.Want != reflect.TypeFor[T]() {
			t.Errorf("Value returns %#v, %v, want a TypeError", got, err)
		}
		if s.failure() != nil {
			t.Errorf("the request fails for what was only read: %v", s.failure())
		}
	}
}

func TestWhatIsNotATIsATypeError(t *testing.T) {
	runAll(t, map[string]func(t *testing.T){
		"text as int": notA[int]("1"), "float as int": notA[int](1.0), "bool as int": notA[int](true), "int as bool": notA[bool](1),
		"int as text": notA[string](1), "bytes as text": notA[string]([]byte("x")), "text as bytes": notA[[]byte]("x"),
		"text as float": notA[float64]("1"), "too large": notA[int8](300), "negative": notA[uint](-1), "past int": notA[int](uint64(math.MaxUint64)),
		"int as time": notA[time.Time](5), "text as time": notA[time.Time]("2026-01-02T03:04:05Z"), "time as text": notA[string](time.Now()),
		"list as map": notA[map[string]any]([]any{1}), "map as list": notA[[]any](map[string]any{}), "text as struct": notA[Named]("x"),
		"list as struct": notA[Named]([]any{"x"}), "list of others": notA[[]int]([]any{1, "x"}), "bytes as list": notA[[]int]([]byte{1}),
	})
}

// An opaque value writes and reads itself, and holds what it likes.
type opaque struct{ V any }

func (opaque) MarshalBinary() ([]byte, error) { return []byte("x"), nil }

func (o *opaque) UnmarshalBinary([]byte) error {
	o.V = struct{ N int8 }{5}
	return nil
}

func TestWhatReadsItselfIsLeftAsItIs(t *testing.T) {
	type holder struct{ O opaque }
	if got, err := Value[opaque](keep(t, opaque{}), "v"); err != nil || got.V != struct{ N int8 }{5} {
		t.Errorf("Value returns %#v, %v", got, err)
	}
	if got, err := Value[holder](keep(t, holder{}), "v"); err != nil || got.O.V != struct{ N int8 }{5} {
		t.Errorf("Value returns %#v, %v", got, err)
	}
}

func TestStructsMayChange(t *testing.T) {
	type user struct {
		Name string
		Age  int
	}
	stored := keep(t, user{"Ann", 40})
	t.Run("field added", func(t *testing.T) {
		type user struct {
			Name, City string
			Age        int
		}
		if got, err := Value[user](stored, "v"); err != nil || got != (user{Name: "Ann", Age: 40}) {
			t.Errorf("Value returns %+v, %v", got, err)
		}
	})
	t.Run("field removed", func(t *testing.T) {
		if got, err := Value[Named](stored, "v"); err != nil || got.Name != "Ann" {
			t.Errorf("Value returns %+v, %v", got, err)
		}
	})
	t.Run("field widened", func(t *testing.T) {
		type user struct{ Age float64 }
		if got, err := Value[user](stored, "v"); err != nil || got.Age != 40 {
			t.Errorf("Value returns %+v, %v", got, err)
		}
	})
	t.Run("field of another type", func(t *testing.T) {
		type user struct{ Name, Age string }
		s := nextRequest(stored)
		s.Set("other", 1)
		got, err := Value[user](s, "v")
		var typ *TypeError
		if !errors.As(err, &typ) || typ.Want != reflect.TypeFor[user]() || got != (user{}) {
			t.Errorf("Value returns %+v, %v, want a TypeError and nothing", got, err)
		}
		if n, err := Value[int](s, "other"); n != 1 || err != nil || s.failure() != nil {
			t.Errorf("the other value is %d, %v, and the session fails with %v", n, err, s.failure())
		}
		if err := Modify(s, "v", func(u user) user { return u }); !errors.As(err, &typ) || s.failure() == nil {
			t.Errorf("Modify returns %v, want a TypeError that fails the request", err)
		}
		if got, _ := s.Get("v").(map[string]any); got["Age"] != 40 {
			t.Errorf("the value became %v", got)
		}
	})
}

// A closed set of types comes back from Get; a stored value that is something else is one that cannot be decoded.
func TestGetReturnsOnlyWhatItDocuments(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 100)
	for name, v := range map[string]any{
		"big integer": huge, "tag": cbor.Tag{Number: 99, Content: "x"}, "simple value": cbor.SimpleValue(200), "big integer inside": []any{huge},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := encMode.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := decodeValue(b); err == nil && !documented(got) {
				t.Errorf("Get returns a %T", got)
			}
		})
	}
}

// documented reports whether Get's documentation names the type of v and of all that it holds.
func documented(v any) bool {
	switch v := v.(type) {
	case nil, bool, string, int, float64, []byte, time.Time:
		return true
	case uint64:
		return v > math.MaxInt
	case []any:
		for _, e := range v {
			if !documented(e) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, e := range v {
			if !documented(e) {
				return false
			}
		}
		return true
	}
	return false
}

// nested returns containers inside one another, n of them, around a 1.
func nested(n int, around func(any) any) any {
	var v any = 1
	for range n {
		v = around(v)
	}
	return v
}

func inList(v any) any { return []any{v} }

func inMap(v any) any { return map[string]any{"k": v} }

type link struct {
	Next  *link
	Other *link
}

// A selfish value holds itself, in every way in which one can.
func selfish() map[string]any {
	m := map[string]any{}
	m["m"] = m
	list := make([]any, 1)
	list[0] = list
	ring := &link{}
	ring.Next = &link{Next: ring}
	type pointer *pointer
	var p pointer
	p = &p
	return map[string]any{"map": m, "list": list, "ring": ring, "pointer": p, "both": map[string]any{"list": []any{m}}}
}

func TestWhatCannotBeStored(t *testing.T) {
	var shared any = 1
	for range 14 {
		shared = []any{shared, shared, shared, shared, shared, shared, shared, shared, shared, shared}
	}
	chain := &link{}
	for range 15 {
		chain = &link{Next: chain, Other: chain}
	}
	values := map[string]any{
		"channel": make(chan int), "function": func() {}, "complex": 1i, "channel in a list": []any{1, make(chan int)},
		"function in a map": map[string]any{"f": func() {}}, "channel in a struct": struct{ C chan int }{},
		"not UTF-8": "a\xff", "not UTF-8 in a list": []any{"a", "\xff"}, "not UTF-8 as a key": map[string]any{"\xff": 1},
		"not UTF-8 in a struct": Named{"\xff"}, "not UTF-8 behind a pointer": &Named{"\xff"},
		"33 lists": nested(33, inList), "33 maps": nested(33, inMap), "1000 lists": nested(1000, inList), "a million": nested(1_000_000, inList),
		"10,001 elements": make([]int, 10_001), "10,001 elements in all": [][]int{make([]int, 5000), make([]int, 5001)},
		"10^14 paths through 14 lists": shared, "2^15 paths through 15 structs": chain,
		"self-marshaller that fails": failing{}, "self-marshaller that writes nonsense": cbor.RawMessage{1, 2},
	}
	for name, v := range selfish() {
		values["self-holding "+name] = v
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			s := emptySession()
			s.Set("v", "before")
			begun := time.Now()
			s.Set("v", v)
			var val *ValueError
			if !errors.As(s.failure(), &val) || val.Key != "v" || !strings.Contains(s.failure().Error(), `"v"`) {
				t.Errorf("the request fails with %v, want a ValueError that names the key", s.failure())
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("it took %s to say so", took)
			}
			if s.Get("v") != "before" {
				t.Error("the session does not keep what it had")
			}
		})
	}
}

type failing struct{}

var errFailing = errors.New("made to fail")

func (failing) MarshalBinary() ([]byte, error) { return nil, errFailing }

func TestWhatIsJustSmallEnoughIsStored(t *testing.T) {
	type child struct {
		Parent *child `cbor:"-"`
		Name   string
	}
	own := &child{Name: "x"}
	own.Parent = own
	for name, v := range map[string]any{
		"31 lists": nested(31, inList), "31 maps": nested(31, inMap), "9,999 numbers": make([]int, 9_999), "9,999 of any": make([]any, 9_999),
		"9,999 in all": [][]int{make([]int, 4_000), make([]int, 5_996)}, "many bytes": make([]byte, 50_000), "itself where it is not stored": own,
	} {
		t.Run(name, func(t *testing.T) {
			b, err := encodeValue(v, nil)
			if err != nil {
				t.Fatalf("it is refused: %v", err)
			}
			if _, err := decodeValue(b); err != nil {
				t.Errorf("it is stored and cannot be read: %v", err)
			}
		})
	}
}
