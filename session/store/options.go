package store

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// BackendOptions are a backend's own settings by name, as an application's options or environment give them. Values may
// be of the setting's Go type or text ("10m", "5000"), as environment variables are.
type BackendOptions map[string]any

// Read starts reading the options of the named backend.
func (o BackendOptions) Read(backend string) *OptionReader {
	return &OptionReader{backend: backend, options: o}
}

// An OptionReader reads a backend's options one after the other and remembers what was wrong, so that a backend asks
// Err once, at the end, and its user is told of every mistake at once. A default is returned where an option is absent
// or wrong.
type OptionReader struct {
	backend string
	options BackendOptions
	known   []string
	errs    []error
}

// String reads a text.
func (r *OptionReader) String(name, def string) string {
	v, ok := r.value(name)
	if !ok {
		return def
	}
	s, ok := v.(string)
	if !ok {
		r.wrong(name, v, "a string")
		return def
	}
	return s
}

// OneOf reads a text that is one of the choices; the first of them is the default.
func (r *OptionReader) OneOf(name string, choices ...string) string {
	s := r.String(name, choices[0])
	if !slices.Contains(choices, s) {
		r.errs = append(r.errs, fmt.Errorf("backend option %q is %q: it takes one of %s", name, s, strings.Join(choices, ", ")))
		return choices[0]
	}
	return s
}

// Int reads a whole number of at least 0.
func (r *OptionReader) Int(name string, def int) int {
	v, ok := r.value(name)
	if !ok {
		return def
	}
	n, ok := wholeNumber(v)
	if !ok || n < 0 {
		r.wrong(name, v, "a whole number from 0 up")
		return def
	}
	return n
}

// Bool reads true or false.
func (r *OptionReader) Bool(name string, def bool) bool {
	v, ok := r.value(name)
	if !ok {
		return def
	}
	switch v := v.(type) {
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	r.wrong(name, v, "true or false")
	return def
}

// Duration reads a length of time of at least 0: a time.Duration, a text such as "90s", or a number of seconds.
func (r *OptionReader) Duration(name string, def time.Duration) time.Duration {
	v, ok := r.value(name)
	if !ok {
		return def
	}
	d, ok := duration(v)
	if !ok || d < 0 {
		r.wrong(name, v, `a duration from 0 up (time.Minute, "60s", or a number of seconds)`)
		return def
	}
	return d
}

// Err returns everything that was wrong, joined, nil where nothing was. An option that was never read is unknown, and
// its error lists the known ones.
func (r *OptionReader) Err() error {
	slices.Sort(r.known)
	for _, name := range slices.Sorted(maps.Keys(r.options)) {
		if slices.Contains(r.known, name) {
			continue
		}
		r.errs = append(r.errs, fmt.Errorf("backend option %q is unknown to the %s backend: it knows %s",
			name, r.backend, strings.Join(r.known, ", ")))
	}
	return errors.Join(r.errs...)
}

func (r *OptionReader) value(name string) (any, bool) {
	r.known = append(r.known, name)
	v, ok := r.options[name]
	return v, ok
}

func (r *OptionReader) wrong(name string, v any, want string) {
	r.errs = append(r.errs, fmt.Errorf("backend option %q is a %T that does not fit: it takes %s", name, v, want))
}

func wholeNumber(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), int64(int(v)) == v
	case float64: // a number from JSON
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

func duration(v any) (time.Duration, bool) {
	switch v := v.(type) {
	case time.Duration:
		return v, true
	case string:
		if d, err := time.ParseDuration(v); err == nil {
			return d, true
		}
	}
	n, ok := wholeNumber(v)
	return time.Duration(n) * time.Second, ok && int64(n) < math.MaxInt64/int64(time.Second)
}
