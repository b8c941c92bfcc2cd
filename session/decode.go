package session

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"
)

var (
	errTrailing = errors.New("bytes follow the value")
	errIsTime   = errors.New("it is a time")
)

// decodeValue returns the value that b holds, as one of the types that Get documents.
func decodeValue(b []byte) (any, error) {
	if v, rest, ok := readScalar(b); ok {
		if len(rest) > 0 {
			return nil, errTrailing
		}
		return v, nil
	}
	var v any
	if err := decMode.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return plain(v)
}

// plain returns what CBOR returned with its integers as ints, where they fit, and an error for what Get never returns.
func plain(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case nil, bool, string, float64, []byte, time.Time:
	case uint64:
		if v <= math.MaxInt {
			return int(v), nil
		}
	case int64:
		return int(v), nil
	case []any:
		for i := range v {
			if v[i], err = plain(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k, e := range v {
			if v[k], err = plain(e); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("it holds a %T, which only Value can read", v)
	}
	return v, nil
}

// decodeAs returns the value that b holds as a T.
func decodeAs[T any](b []byte) (T, error) {
	var fast T
	switch rest, ok := readInto(b, &fast); {
	case ok && len(rest) > 0:
		return fast, errTrailing
	case ok:
		return fast, nil
	case len(b) > 0 && b[0] == tagDateTime && !takesTime(reflect.TypeFor[T]()):
		return fast, errIsTime // the codec would give its text to a string
	}
	var v T // another variable, since this one moves to the heap
	err := decodeGeneral(b, &v)
	return v, err
}

// readInto reads the usual types without reflection and without a detour through any.
func readInto(b []byte, p any) (rest []byte, ok bool) {
	switch p := p.(type) {
	case *string:
		*p, rest, ok = readText(b)
	case *int:
		*p, rest, ok = readInt(b)
	case *bool:
		*p, rest, ok = readBool(b)
	case *float64:
		*p, rest, ok = readFloat(b)
	case *time.Time:
		*p, rest, ok = readTime(b)
	case *any:
		*p, rest, ok = readScalar(b)
	}
	return rest, ok
}

func takesTime(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() != reflect.String
}

func decodeGeneral(b []byte, p any) error {
	if err := decMode.Unmarshal(b, p); err != nil {
		return err
	}
	return plainInside(reflect.ValueOf(p).Elem())
}
