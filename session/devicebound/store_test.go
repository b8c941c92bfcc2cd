package devicebound_test

import (
	"context"
	"errors"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

var errStore = errors.New("store: made to fail")

func newStore(tb testing.TB) *memstore.Store {
	tb.Helper()
	store, err := memstore.New(memstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	return store
}

// recorder returns a hook that writes down name, user and reason of events.
func recorder(into *[]string) func(context.Context, session.Event) {
	return func(_ context.Context, e session.Event) {
		*into = append(*into, e.Name+" "+e.User+" "+e.Reason)
	}
}
