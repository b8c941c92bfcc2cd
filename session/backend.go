package session

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/memstore"
)

// An Opener builds a backend's store from its options. It logs to the logger. Its errors name every wrong option and
// what would be right; BackendOptions.Read helps with that.
type Opener func(BackendOptions, *slog.Logger) (Store, error)

// backends holds what Options.Backend can name.
var backends = struct {
	sync.Mutex
	open map[string]Opener
}{open: map[string]Opener{
	"memory":    memstore.Open,
	"file":      filestore.Open,
	"migrating": nil, // opener knows it: it opens backends itself, so that this variable cannot name it
}}

// Register makes a backend available under a name, for the package of a store to call when it is imported. It is an
// error of the program, and panics, to register a name twice.
func Register(name string, open Opener) {
	backends.Lock()
	defer backends.Unlock()
	if _, taken := backends.open[name]; taken || open == nil {
		panic(fmt.Sprintf("session: backend %q is registered twice, or with no opener", name))
	}
	backends.open[name] = open
}

// openBackend opens the backend that the options name, and none where they have a store.
func openBackend(o *Options) (Store, error) {
	if o.Store != nil {
		return nil, nil //nolint:nilnil // nothing is to be opened, and nothing is wrong
	}
	open := opener(o.Backend)
	if open == nil {
		return nil, fmt.Errorf("session: Backend %q is unknown: known are %s; a store that registers itself is known once its package is imported",
			o.Backend, strings.Join(backendNames(), ", "))
	}
	s, err := open(o.BackendOptions, o.Logger)
	if err != nil {
		return nil, fmt.Errorf("session: open the %s backend: %w", o.Backend, err)
	}
	return s, nil
}

// opener returns what opens a backend, nil where nothing does.
func opener(name string) Opener {
	if name == "migrating" {
		return openMigrating
	}
	backends.Lock()
	defer backends.Unlock()
	return backends.open[name]
}

func registered(name string) bool { return opener(name) != nil }

// backendNames lists the known backends.
func backendNames() []string {
	backends.Lock()
	defer backends.Unlock()
	return slices.Sorted(maps.Keys(backends.open))
}
