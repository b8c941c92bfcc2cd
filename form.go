package proapi

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// formMemory is how many bytes of a multipart form's files are kept in memory; the rest is in temporary files, which are
// removed once the request is answered.
const formMemory = 1 << 20

// readForm reads the body as a form and remembers what was wrong with it. A body of another type is an empty form.
func (r *Request) readForm() error {
	if r.formRead {
		return r.formErr
	}
	r.formRead = true
	err := r.ParseForm()
	if err == nil && r.mediaType() == "multipart/form-data" {
		err = r.ParseMultipartForm(formMemory)
	}
	switch {
	case err == nil:
		r.formErr = inUTF8(r.PostForm)
	case errors.Is(err, multipart.ErrMessageTooLarge):
		r.formErr = tooLarge(err)
	default:
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			r.formErr = tooLarge(err)
			break
		}
		r.formErr = malformed("the form could not be read", err)
	}
	return r.formErr
}

// inUTF8 returns an error for a form that is not: it is said at once, and not where a field turns out to be no text.
func inUTF8(form url.Values) error {
	for name, texts := range form {
		for _, text := range append([]string{name}, texts...) {
			if !utf8.ValidString(text) {
				return malformed("the form is not in UTF-8", nil)
			}
		}
	}
	return nil
}

func (r *Request) bindForm(v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() || rv.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("proapi: a form is read into a pointer to a struct, not into a %T", v)
	}
	if err := r.readForm(); err != nil {
		return err
	}
	names := foldedNames(r.PostForm)
	for _, field := range reflect.VisibleFields(rv.Elem().Type()) {
		name := fieldName(field, names)
		texts := r.PostForm[name]
		if name == "" || len(texts) == 0 {
			continue
		}
		target, err := rv.Elem().FieldByIndexErr(field.Index)
		if err != nil {
			continue // within an embedded pointer that is nil
		}
		if err := setField(target, texts); err != nil {
			return formFault(name, err)
		}
	}
	return nil
}

// foldedNames maps the form's names in lower case to the names as they were sent; of two, to the one in lower case.
func foldedNames(form url.Values) map[string]string {
	folded := make(map[string]string, len(form))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		folded[strings.ToLower(name)] = name
	}
	return folded
}

// fieldName returns the name in the form whose text goes to a struct field, "" where there is none.
func fieldName(field reflect.StructField, folded map[string]string) string {
	if !field.IsExported() || field.Anonymous {
		return ""
	}
	for _, tag := range [...]string{"form", "json"} {
		name, _, _ := strings.Cut(field.Tag.Get(tag), ",")
		if name == "-" {
			return ""
		}
		if name != "" {
			return name
		}
	}
	return folded[strings.ToLower(field.Name)]
}

// A misfit is a text that a field does not take: what it does take.
type misfit string

func (m misfit) Error() string { return "takes " + string(m) }

func formFault(name string, err error) error {
	if takes, ok := errors.AsType[misfit](err); ok {
		return malformed(fmt.Sprintf("the form's field %q %s", name, takes.Error()), err)
	}
	return err
}

// setField sets a struct field, or a slice's elements, from texts.
func setField(field reflect.Value, texts []string) error {
	if field.Kind() != reflect.Slice || field.Addr().Type().Implements(textUnmarshaler) {
		return setText(field, texts[0])
	}
	list := reflect.MakeSlice(field.Type(), len(texts), len(texts))
	for i, text := range texts {
		if err := setText(list.Index(i), text); err != nil {
			return err
		}
	}
	field.Set(list)
	return nil
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// setText sets one value from a text.
func setText(v reflect.Value, text string) error {
	if v.Kind() == reflect.String && !v.Addr().Type().Implements(textUnmarshaler) {
		v.SetString(text)
		return nil
	}
	if text == "" {
		return nil
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if u.UnmarshalText([]byte(text)) != nil {
			return misfit("another value")
		}
		return nil
	}
	if v.Kind() == reflect.Pointer {
		elem := reflect.New(v.Type().Elem())
		if err := setText(elem.Elem(), text); err != nil {
			return err
		}
		v.Set(elem)
		return nil
	}
	return setScalar(v, text)
}

func setScalar(v reflect.Value, text string) error {
	switch kind := v.Kind(); {
	case kind == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil && text != "on" {
			return misfit("true or false")
		}
		v.SetBool(b || text == "on")
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return misfit("a whole number")
		}
		v.SetInt(n)
	case v.CanUint():
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			return misfit("a whole number from 0 up")
		}
		v.SetUint(n)
	case v.CanFloat():
		f, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return misfit("a number")
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("proapi: a form's field cannot be read into a %s", v.Type())
	}
	return nil
}
