package proapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"unicode/utf8"
)

func (r *Request) decodeJSON(v any) error {
	if rv := reflect.ValueOf(v); rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("proapi: a body is read into a pointer, not into a %T", v)
	}
	data, err := r.readBody()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return malformed("the body is empty: it must be JSON", io.ErrUnexpectedEOF)
	}
	if err = json.Unmarshal(data, v); err != nil {
		return malformed(jsonFault(data, err), err)
	}
	return nil
}

func (r *Request) readBody() ([]byte, error) {
	if r.Body == nil { // a request that no server made
		return nil, nil
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// unreadable is the error of a body that could not be read to its end.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(err)
	}
	return malformed("the body could not be read", err)
}

func malformed(message string, cause error) error {
	return &HTTPError{Status: http.StatusBadRequest, Message: message, Cause: cause}
}

// jsonFault says what is wrong with data and where.
func jsonFault(data []byte, err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		at := e.Offset
		if e.Error() != "unexpected end of JSON input" {
			at-- // Offset counts the offending byte
		}
		return "invalid JSON at " + position(data, at) + ": " + e.Error()
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where := "the body"
		if e.Field != "" {
			where = fmt.Sprintf("%q", e.Field)
		}
		return fmt.Sprintf("the JSON does not fit before %s: %s takes %s, not %s",
			position(data, e.Offset), where, jsonKind(e.Type), e.Value)
	}
	return "a value in the JSON does not fit"
}

// position returns an offset in text as a person counts, from 1, with the column in characters.
func position(text []byte, offset int64) string {
	before := text[:max(0, min(offset, int64(len(text))))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
	return fmt.Sprintf("line %d, column %d", line, column)
}

// jsonKind names what a Go type takes in JSON.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr {
		return "a whole number of " + t.Kind().String()
	}
	return "another value"
}
