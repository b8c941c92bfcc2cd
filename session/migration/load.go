package migration

import (
	"context"
	"errors"

	"github.com/proapi-go/proapi/session/store"
)

// loadOldFirst is Load in Prepare: from decides, by holding the session, a tombstone, a mark or nothing.
func (b *both) loadOldFirst(ctx context.Context, key store.Key) (store.Record, error) {
	p, err := b.look(ctx, key)
	switch {
	case err != nil:
		return store.Record{}, err
	case p.state == present:
		return p.rec, nil
	case p.state == ended:
		return store.Record{}, p.err
	}
	if err := b.finish(ctx, key, p); err != nil {
		return store.Record{}, err
	}
	return b.loadNew(ctx, key)
}

// loadNewFirst is Load in Switch. What to holds is the session, since from holds it no more. Where to holds nothing, the
// session is in from, or was until a moment ago.
func (b *both) loadNewFirst(ctx context.Context, key store.Key) (store.Record, error) {
	rec, missing := b.loadNew(ctx, key)
	if !errors.Is(missing, store.ErrNotFound) || isEnded(missing) {
		return rec, missing
	}
	p, err := b.look(ctx, key)
	switch {
	case err != nil:
		return store.Record{}, err
	case p.state == present:
		return p.rec, nil
	case p.state == ended:
		return store.Record{}, p.err
	case p.state == moving || p.state == moved:
		if err := b.finish(ctx, key, p); err != nil {
			return store.Record{}, err
		}
		return b.loadNew(ctx, key)
	}
	return store.Record{}, missing
}
