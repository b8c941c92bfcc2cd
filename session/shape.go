package session

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// A shape counts what a value holds while it is looked through, before it is encoded. It refuses what would be encoded
// without end (a map that holds itself) and what could not be read again.
type shape struct {
	elements int // that may still come
}

var (
	errNotText = errors.New("it holds a string that is not UTF-8: use []byte")
	errOffset  = errors.New("it holds a time whose offset has seconds, or a day: use its UTC")
)

func (s *shape) check(v reflect.Value, depth int) error {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && v.Type().Elem() == timeType {
		v = v.Elem()
	}
	if s.elements--; s.elements < 0 {
		return fmt.Errorf("it has more than %d elements", maxElements)
	}
	if depth == 0 {
		return fmt.Errorf("it is nested more than %d deep, or holds itself", maxDepth)
	}
	if !v.IsValid() || encodesItself(v.Type()) {
		return checkTime(v)
	}
	switch v.Kind() { //nolint:exhaustive // the other kinds cannot be wrong
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return errNotText
		}
	case reflect.Pointer:
		return s.check(v.Elem(), depth) // what points at itself runs out of elements
	case reflect.Slice, reflect.Array:
		return s.checkList(v, depth-1)
	case reflect.Map:
		return s.checkMap(v, depth-1)
	case reflect.Struct:
		return s.checkStruct(v, depth-1)
	}
	return nil
}

func (s *shape) checkList(v reflect.Value, depth int) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return nil
	}
	for i := range v.Len() {
		if err := s.check(v.Index(i), depth); err != nil {
			return err
		}
	}
	return nil
}

func (s *shape) checkMap(v reflect.Value, depth int) error {
	for it := v.MapRange(); it.Next(); {
		if err := s.check(it.Key(), depth); err != nil {
			return err
		}
		if err := s.check(it.Value(), depth); err != nil {
			return err
		}
	}
	return nil
}

func (s *shape) checkStruct(v reflect.Value, depth int) error {
	for i := range v.NumField() {
		if f := v.Type().Field(i); !f.IsExported() && !f.Anonymous || f.Tag.Get("cbor") == "-" {
			continue
		}
		if err := s.check(v.Field(i), depth); err != nil {
			return err
		}
	}
	return nil
}

var timeType = reflect.TypeFor[time.Time]()

// checkTime refuses a time whose instant would change, within a value: its text is cut off at the minute.
func checkTime(v reflect.Value) error {
	if !v.IsValid() || !v.CanInterface() {
		return nil
	}
	if t, ok := reflect.TypeAssert[time.Time](v); ok && !hasOffset(t) {
		return errOffset
	}
	return nil
}

func encodesItself(t reflect.Type) bool {
	return t == timeType || t.Implements(reflect.TypeFor[cbor.Marshaler]()) ||
		t.Implements(reflect.TypeFor[encoding.BinaryMarshaler]())
}
