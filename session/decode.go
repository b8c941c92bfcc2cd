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

// decodeInto reads b into the variable that p points to.
func decodeInto(b []byte, p any) error {
	v, rest, ok := readScalar(b)
	if !ok {
		return decodeGeneral(b, p)
	}
	if len(rest) > 0 {
		return errTrailing
	}
	switch p := p.(type) {
	case *string:
		ok = assign(p, v)
	case *int:
		ok = assign(p, v)
	case *bool:
		ok = assign(p, v)
	case *float64:
		ok = assign(p, v)
	case *time.Time:
		ok = assign(p, v)
	case *any:
		*p = v
	default:
		ok = false
	}
	if ok {
		return nil
	}
	if _, isTime := v.(time.Time); isTime && !takesTime(reflect.TypeOf(p).Elem()) {
		return errIsTime // the codec would give its text to a string
	}
	return decodeGeneral(b, p)
}

func assign[T any](p *T, v any) bool {
	t, ok := v.(T)
	if ok {
		*p = t
	}
	return ok
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
