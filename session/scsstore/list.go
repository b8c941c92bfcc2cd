package scsstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// listing is a Store whose backing can list.
type listing struct{ *Store }

var _ store.Lister = (*listing)(nil)

// List yields every record that is there. See [store.Lister]. The backing hands all of them over at once: they are in memory
// until the list ends.
func (s *listing) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return s.list(ctx, func(*store.Record) bool { return true })
}

// ListUser yields a user's records. See [store.Lister]. It looks at every record to find them.
func (s *listing) ListUser(ctx context.Context, user string) iter.Seq2[store.Entry, error] {
	return s.list(ctx, func(rec *store.Record) bool { return user != "" && rec.User == user })
}

func (s *listing) list(ctx context.Context, wanted func(*store.Record) bool) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		err := ctx.Err()
		var entries map[string][]byte
		if err == nil {
			entries, err = s.all(ctx)
		}
		for token, b := range entries {
			if err = ctx.Err(); err != nil {
				break
			}
			if e, ok := read(token, b); ok && wanted(&e.Record) && !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Entry{}, fmt.Errorf("scsstore: list: %w", err))
		}
	}
}

// read returns the record of an entry. There is none in what is scs's own, expired, or says that a session was deleted.
func read(token string, b []byte) (store.Entry, bool) {
	key, ours := keyOf(token)
	found, err := parse(b, time.Now())
	return store.Entry{Key: key, Record: found.record}, ours && err == nil && found.record.Version > 0
}
