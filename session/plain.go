package session

import (
	"encoding"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// plainInside does to what is held as any, anywhere in v, what plain does.
func plainInside(v reflect.Value) error {
	if !holds(v.Type()) || v.CanAddr() && decodesItself(v.Addr().Type()) {
		return nil
	}
	switch v.Kind() { //nolint:exhaustive // the other kinds hold nothing
	case reflect.Pointer:
		if !v.IsNil() {
			return plainInside(v.Elem())
		}
	case reflect.Interface:
		return plainInterface(v)
	case reflect.Slice, reflect.Array:
		return plainList(v)
	case reflect.Map:
		return plainMap(v)
	case reflect.Struct:
		for _, f := range v.Fields() {
			if !f.CanSet() {
				continue
			}
			if err := plainInside(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func plainInterface(v reflect.Value) error {
	if v.NumMethod() > 0 || v.IsNil() {
		return nil
	}
	p, err := plain(v.Interface())
	if err == nil {
		v.Set(reflect.ValueOf(p))
	}
	return err
}

func plainList(v reflect.Value) error {
	if !holds(v.Type().Elem()) {
		return nil
	}
	for i := range v.Len() {
		if err := plainInside(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func plainMap(v reflect.Value) error {
	if !holds(v.Type().Elem()) {
		return nil
	}
	for it := v.MapRange(); it.Next(); {
		elem := reflect.New(v.Type().Elem()).Elem()
		elem.Set(it.Value())
		if err := plainInside(elem); err != nil {
			return err
		}
		v.SetMapIndex(it.Key(), elem)
	}
	return nil
}

func decodesItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[cbor.Unmarshaler]()) || t.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
}

// holds reports whether values of a type can hold others.
func holds(t reflect.Type) bool {
	switch t.Kind() { //nolint:exhaustive // the other kinds hold nothing
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		return true
	}
	return false
}
