package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func TestOptionsAreReadFromTheirTypeAndFromText(t *testing.T) {
	for _, o := range []store.BackendOptions{
		{"name": "x", "mode": "b", "count": 5, "on": true, "every": 90 * time.Second},
		{"name": "x", "mode": "b", "count": "5", "on": "true", "every": "90s"},
		{"name": "x", "mode": "b", "count": 5.0, "on": "1", "every": "90"},
		{"name": "x", "mode": "b", "count": int64(5), "on": true, "every": 90},
	} {
		r := o.Read("test")
		if r.String("name", "") != "x" || r.OneOf("mode", "a", "b") != "b" || r.Int("count", 0) != 5 || !r.Bool("on", false) ||
			r.Duration("every", 0) != 90*time.Second {
			t.Errorf("%v is not read as it should be", o)
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestAbsentOptionsAreTheirDefaults(t *testing.T) {
	r := store.BackendOptions(nil).Read("test")
	if r.String("name", "d") != "d" || r.OneOf("mode", "a", "b") != "a" || r.Int("count", 3) != 3 || !r.Bool("on", true) ||
		r.Duration("every", time.Hour) != time.Hour || r.Err() != nil {
		t.Error("a default is not what was asked for")
	}
}

func TestEveryWrongOptionIsToldAtOnce(t *testing.T) {
	r := store.BackendOptions{
		"name": 1, "mode": "c", "count": -1, "half": 1.5, "on": "maybe", "every": "soon", "ago": -time.Second, "colour": "x",
	}.Read("test")
	if r.String("name", "d") != "d" || r.OneOf("mode", "a", "b") != "a" || r.Int("count", 3) != 3 || r.Int("half", 3) != 3 || !r.Bool("on", true) ||
		r.Duration("every", time.Hour) != time.Hour || r.Duration("ago", time.Hour) != time.Hour {
		t.Error("a wrong option is not replaced by its default")
	}
	err := r.Err()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`"name" is a int`, `"mode" is "c": it takes one of a, b`, `"count"`, `"half"`, `"on"`, `"every"`, `"ago"`,
		`"colour" is unknown to the test backend: it knows ago, count, every, half, mode, name, on`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
}
