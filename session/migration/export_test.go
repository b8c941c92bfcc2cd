package migration

import (
	"context"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// The states of a mark, for tests that look into a store.
const (
	Moving = byte(moving)
	Moved  = byte(moved)
	Fenced = byte(fenced)
	Spent  = byte(spent)
)

// StateOf returns the state of a mark, and 0 for a session's record.
func StateOf(rec store.Record) byte {
	if p := read(rec); p.marked() {
		return byte(p.state)
	}
	return 0
}

// MarkOf returns the mark of a state that ends at a time and is inserted.
func MarkOf(s byte, expires time.Time) store.Record { return mark(state(s), 0, expires) }

// MarkMoving returns the mark that takes rec's place.
func MarkMoving(rec store.Record) store.Record { return markMoving(rec) }

// CopyOne does for one key what Copy does for all.
func CopyOne(ctx context.Context, from store.Store, to store.Store, key store.Key) error {
	c := &copier{both: newBoth(from, to, to.(store.Importer), Switch)}
	p, err := c.both.look(ctx, key)
	if err != nil || p.state < present {
		return err
	}
	return c.one(ctx, store.Entry{Key: key, Record: p.rec})
}
