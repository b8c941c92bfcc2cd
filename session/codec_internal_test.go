package session

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

// emptySession is one of a new visitor, with no store behind it.
func emptySession() *Session { return &Session{m: nowhere(), phase: ready} }

// nextRequest returns the session as the next request loads it.
func nextRequest(s *Session) *Session {
	next := emptySession()
	next.values = append([]byte(nil), s.values...)
	return next
}

// keep sets a value and returns the session in which the next request finds it.
func keep(t *testing.T, v any) *Session {
	t.Helper()
	s := emptySession()
	s.Set("v", v)
	if s.failure() != nil {
		t.Fatalf("%#v cannot be stored: %v", v, s.failure())
	}
	return nextRequest(s)
}

// same compares values as a program would tell them apart: floats by their bits, times by instant and offset.
func same(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b))
	case float32:
		b, ok := b.(float32)
		return ok && same(float64(a), float64(b))
	case time.Time:
		b, ok := b.(time.Time)
		_, off := a.Zone()
		_, offB := b.Zone()
		return ok && a.Equal(b) && off == offB
	}
	return reflect.DeepEqual(a, b)
}

// kept checks that v comes back from Value as it was, and from Get as want.
func kept[T any](v T, want any) func(t *testing.T) {
	return func(t *testing.T) {
		s := keep(t, v)
		got, err := Value[T](s, "v")
		if err != nil || !same(got, v) {
			t.Errorf("Value returns %#v, %v, want %#v", got, err, v)
		}
		if got := s.Get("v", "nothing"); !same(got, want) {
			t.Errorf("Get returns %T %#v, want %T %#v", got, got, want, want)
		}
	}
}

// as is kept for values that Get returns as they are.
func as[T any](v T) func(t *testing.T) { return kept(v, v) }

func runAll(t *testing.T, tests map[string]func(t *testing.T)) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, test)
	}
}

func TestIntegersComeBackAsInt(t *testing.T) {
	tests := map[string]func(t *testing.T){
		"int8":           kept(int8(math.MinInt8), math.MinInt8),
		"int16":          kept(int16(math.MinInt16), math.MinInt16),
		"int32":          kept(int32(math.MinInt32), math.MinInt32),
		"int64":          kept(int64(math.MinInt64), math.MinInt64),
		"uint":           kept(uint(7), 7),
		"uint8":          kept(uint8(math.MaxUint8), math.MaxUint8),
		"uint16":         kept(uint16(math.MaxUint16), math.MaxUint16),
		"uint32":         kept(uint32(math.MaxUint32), math.MaxUint32),
		"largest int64":  kept(int64(math.MaxInt64), math.MaxInt64),
		"past int64":     as(uint64(math.MaxInt64 + 1)),
		"largest uint64": as(uint64(math.MaxUint64)),
		"named":          kept(time.Hour, int(time.Hour)),
	}
	for _, n := range []int{0, 23, 24, 255, 256, 65535, 65536, math.MaxInt32, math.MaxUint32, math.MaxUint32 + 1, math.MaxInt} {
		tests[fmt.Sprint(n)], tests[fmt.Sprint(-n-1)] = as(n), as(-n-1)
	}
	runAll(t, tests)
}

func TestScalarsKeepTheirTypes(t *testing.T) {
	type name string
	runAll(t, map[string]func(t *testing.T){
		"true": as(true), "false": as(false), "nil": as[any](nil), "nil pointer": kept[*int](nil, nil),
		"float": as(math.Pi), "whole float": as(3.0), "-0": as(math.Copysign(0, -1)), "denormal": as(math.SmallestNonzeroFloat64),
		"largest float": as(math.MaxFloat64), "NaN": as(math.NaN()), "Inf": as(math.Inf(1)), "-Inf": as(math.Inf(-1)),
		"float32": kept(float32(0.1), float64(float32(0.1))), "float32 NaN": kept(float32(math.NaN()), math.NaN()),
		"float32 -Inf": kept(float32(math.Inf(-1)), math.Inf(-1)), "float32 -0": kept(float32(math.Copysign(0, -1)), math.Copysign(0, -1)),
		"empty": as(""), "text": as("Grüße, 世界"), "NUL": as("a\x00b"), "long": as(strings.Repeat("x", 60_000)),
		"named text": kept(name("n"), "n"), "bytes": as([]byte{0, 0xff}), "no bytes": as([]byte{}),
		"array of bytes": kept([3]byte{1, 2, 3}, []byte{1, 2, 3}),
		"nil bytes": func(t *testing.T) {
			if got := keep(t, []byte(nil)).Get("v"); !same(got, []byte{}) {
				t.Errorf("Get returns %#v, want no bytes", got)
			}
		},
	})
}

func TestTimesKeepInstantAndOffset(t *testing.T) {
	at := func(year int, zone *time.Location) time.Time {
		return time.Date(year, 12, 31, 23, 59, 58, 987654321, zone)
	}
	runAll(t, map[string]func(t *testing.T){
		"UTC":              as(at(2026, time.UTC)),
		"east":             as(at(2026, time.FixedZone("IST", 5*3600+1800))),
		"west":             as(at(2026, time.FixedZone("NST", -3*3600-1800))),
		"no fraction":      as(time.Unix(1e9, 0).UTC()),
		"zero":             as(time.Time{}),
		"year 0":           as(at(0, time.UTC)),
		"year 9999":        as(at(9999, time.UTC)),
		"year 9999 east":   as(at(9999, time.FixedZone("", 14*3600))),
		"before 1970":      as(at(1969, time.UTC)),
		"with a monotonic": func(t *testing.T) { now := time.Now(); kept(now, now.Round(0))(t) },
		"zero in a struct": func(t *testing.T) {
			type visit struct{ At time.Time }
			if got, err := Value[visit](keep(t, visit{}), "v"); err != nil || !got.At.IsZero() {
				t.Errorf("Value returns %v, %v", got, err)
			}
		},
		"zero in a list": func(t *testing.T) {
			if got := keep(t, []any{time.Time{}}).Get("v"); !reflect.DeepEqual(got, []any{nil}) { // as the guide says
				t.Errorf("Get returns %#v, want a list of nil", got)
			}
		},
	})
}

// A time that RFC 3339 cannot express is kept as the same instant, or refused when it is set; never changed or lost.
func TestTimesThatRFC3339CannotExpress(t *testing.T) {
	times := map[string]time.Time{
		"year 10000":          time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		"year -1":             time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		"seconds in its zone": time.Date(1930, 1, 1, 0, 0, 0, 0, time.FixedZone("AMT", 19*60+32)),
		"a zone of 25 hours":  time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 25*3600)),
	}
	for name, at := range times {
		for form, v := range map[string]any{"alone": at, "in a list": []any{at}, "in a struct": struct{ V time.Time }{at}, "behind a pointer": &at} {
			t.Run(name+" "+form, func(t *testing.T) {
				s := emptySession()
				s.Set("v", v)
				if s.failure() != nil {
					return
				}
				got := nextRequest(s).Get("v")
				switch v := got.(type) {
				case []any:
					got = v[0]
				case map[string]any:
					got = v["V"]
				}
				if back, ok := got.(time.Time); !ok || !back.Equal(at) {
					t.Errorf("%s comes back as %v", at, got)
				}
			})
		}
	}
}

type (
	Address struct {
		Street string
		Zip    *int
	}
	Named struct{ Name string }
	order struct {
		Named
		*Address
		ID      uint64            `cbor:"id"`
		Note    string            `json:"note,omitempty"`
		At      time.Time         `json:"at"`
		Until   *time.Time        `json:"until"`
		Tags    []string          `json:"tags"`
		Prices  map[string]int64  `json:"prices"`
		Nested  []Named           `json:"nested"`
		Hash    [2]byte           `json:"hash"`
		State   color             `json:"state"`
		Labels  map[color]string  `json:"labels"`
		Skipped string            `json:"-"`
		Extra   map[string]string `cbor:"extra,omitempty"`
		hidden  int
	}
	color string
)

func TestStructsComeBack(t *testing.T) {
	zip := 1234
	at := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	full := order{
		Named: Named{"n"}, Address: &Address{"s", &zip}, ID: math.MaxUint64, Note: "x", At: at, Until: &at, Tags: []string{"a", "b"},
		Prices: map[string]int64{"a": -1}, Nested: []Named{{"m"}}, Hash: [2]byte{1, 2}, State: "red", Labels: map[color]string{"c": "d"},
	}
	list := []any{1, -2, "x", nil, true, 1.5, []byte{1}, at, []any{}, map[string]any{"k": []any{uint64(math.MaxUint64)}}}
	runAll(t, map[string]func(t *testing.T){
		"list":                    kept[any](list, list),
		"map":                     kept[any](map[string]any{"": 1, "list": list}, map[string]any{"": 1, "list": list}),
		"slice":                   kept([]int{1, 2}, []any{1, 2}),
		"array":                   kept([2]bool{true, false}, []any{true, false}),
		"no slice":                kept([]string{}, []any{}),
		"map of ints":             kept(map[string]int{"a": 1}, map[string]any{"a": 1}),
		"map with a named string": kept(map[color]bool{"red": true}, map[string]any{"red": true}),
		"map with numbers as keys": func(t *testing.T) {
			m := map[int]string{1: "a", -2: "b"}
			if got, err := Value[map[int]string](keep(t, m), "v"); err != nil || !reflect.DeepEqual(got, m) {
				t.Errorf("Value returns %v, %v", got, err)
			}
		},
		"struct":   kept(Named{"x"}, map[string]any{"Name": "x"}),
		"pointer":  kept(&Named{"x"}, map[string]any{"Name": "x"}),
		"big":      kept(big.NewInt(5), 5),
		"tags":     kept(tagged{1, "x", ""}, map[string]any{"c": 1, "j": "x"}),
		"nil map":  func(t *testing.T) { wantEmpty[map[string]any](t, map[string]any(nil)) },
		"nil list": func(t *testing.T) { wantEmpty[[]any](t, []string(nil)) },
		"all of it": func(t *testing.T) {
			got, err := Value[order](keep(t, full), "v")
			if err != nil || !reflect.DeepEqual(got, full) {
				t.Errorf("Value returns %+v, %v, want %+v", got, err, full)
			}
		},
		"what is hidden or skipped": func(t *testing.T) {
			hides := order{Skipped: "skipped", hidden: 5}
			got, err := Value[order](keep(t, hides), "v")
			if err != nil || got.Skipped != "" || got.hidden != 0 || got.Tags == nil || got.Address != nil {
				t.Errorf("Value returns %+v, %v, want a zero order with empty lists", got, err)
			}
		},
	})
}

type tagged struct {
	C int    `cbor:"c"        json:"wrong"`
	J string `json:"j"`
	O string `json:"o,omitempty"`
}

// wantEmpty checks that v comes back from Get as an empty T.
func wantEmpty[T any](t *testing.T, v any) {
	t.Helper()
	got, ok := keep(t, v).Get("v").(T)
	if n := reflect.ValueOf(got); !ok || n.IsNil() || n.Len() != 0 {
		t.Errorf("Get returns %#v, want an empty one", got)
	}
}

func TestIntegersInsideValuesAreIntsToo(t *testing.T) {
	type holder struct{ V any }
	want := []any{1, -2, map[string]any{"n": 3}}
	t.Run("any", func(t *testing.T) {
		if got, err := Value[any](keep(t, want), "v"); err != nil || !reflect.DeepEqual(got, any(want)) {
			t.Errorf("Value returns %#v, %v", got, err)
		}
	})
	t.Run("list", func(t *testing.T) {
		if got, err := Value[[]any](keep(t, want), "v"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Value returns %#v, %v", got, err)
		}
	})
	t.Run("map", func(t *testing.T) {
		m := map[string]any{"n": 1, "list": want}
		if got, err := Value[map[string]any](keep(t, m), "v"); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("Value returns %#v, %v", got, err)
		}
	})
	t.Run("field", func(t *testing.T) {
		if got, err := Value[holder](keep(t, holder{1}), "v"); err != nil || got.V != 1 {
			t.Errorf("Value returns %#v, %v", got, err)
		}
	})
}
