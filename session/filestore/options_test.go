package filestore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

func TestOptions(t *testing.T) {
	wrong := map[string]store.BackendOptions{
		`backend option "sync"`:          {"sync": "sometimes"},
		`backend option "sync_interval"`: {"sync_interval": "soon"},
		`backend option "cache_bytes"`:   {"cache_bytes": "much"},
		`backend option "director"`:      {"director": "x"},
	}
	for want, options := range wrong {
		if _, err := filestore.Open(options, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%v) returned %v, want an error about %s", options, err, want)
		}
	}
	_, err := filestore.New(filestore.Options{Sync: 7, SyncInterval: -1})
	if err == nil || !strings.Contains(err.Error(), "Sync is Sync(7)") || !strings.Contains(err.Error(), "SyncInterval is -1ns") {
		t.Errorf("New returned %v, want both mistakes", err)
	}
}

func TestOpenByName(t *testing.T) {
	t.Chdir(t.TempDir())
	for i, options := range []store.BackendOptions{
		nil,
		{"directory": "./sessions/", "sync": "always", "sweep_interval": "1m", "cache_bytes": 1 << 20},
		{"directory": "deep/er", "sync": "none"},
	} {
		s, err := filestore.Open(options, nil)
		if err != nil {
			t.Fatal(err)
		}
		save(t, s.(*filestore.Store), newKey(), record("x"))
		if err := s.(*filestore.Store).Close(); err != nil {
			t.Errorf("Close of store %d returned %v", i, err)
		}
	}
	if got := names(t, "."); !slices.Equal(got, []string{"deep", "sessions"}) {
		t.Errorf("the working directory holds %v", got)
	}
}
