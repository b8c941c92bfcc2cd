package store_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/store"
)

func TestOptionsMayStandInTheURL(t *testing.T) {
	for url, want := range map[string]store.BackendOptions{
		"redis://h/0": {"url": "redis://h/0"},
		"redis://h?addr=h2&prefix=shop%3A&addr=h3": {"url": "redis://h?addr=h2&addr=h3", "prefix": "shop:"},
		"redis://h?prefix=shop:&timeout=1s":        {"url": "redis://h", "prefix": "shop:", "timeout": "1s"},
		"redis://h?db=%zz":                         {"url": "redis://h?db=%zz"}, // for the backend to complain about
	} {
		got, err := store.BackendOptions{"url": url, "size": 5}.FromURL("prefix", "timeout", "size")
		if want["size"] = 5; err != nil || !maps.Equal(got, want) {
			t.Errorf("%s gives %v, %v, want %v", url, got, err, want)
		}
	}
	for name, o := range map[string]store.BackendOptions{"no url": {"size": 5}, "a url that is no text": {"url": 5}} {
		if got, err := o.FromURL("size"); err != nil || !maps.Equal(got, o) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestOptionsOfAURLAreWrongWithoutTellingIt(t *testing.T) {
	for url, want := range map[string]string{
		"redis://:secret@h?prefix=%zz-secret":       `"prefix" in the url cannot be read`,
		"redis://:secret@h?size=secret":             `"size" is there twice`,
		"redis://:secret@h?prefix=secret&prefix=b:": `"prefix" is there twice`,
	} {
		_, err := store.BackendOptions{"url": url, "size": 5}.FromURL("prefix", "size")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %s", url, err, want)
		}
	}
}
