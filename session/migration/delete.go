package migration

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// Delete deletes in both stores, first where the session is. See [store.Store]. Where a session that has moved is deleted
// until a time before its end, saves are refused until its end: a slow move must not bring it back.
func (b *both) Delete(ctx context.Context, key store.Key, until time.Time) error {
	err := store.ErrConflict
	for errors.Is(err, store.ErrConflict) { // somebody has changed the session, or moves it
		var p place
		if p, err = b.look(ctx, key); err != nil {
			return err
		}
		switch p.state {
		case present:
			err = b.deleteHere(ctx, key, p, until)
		case nothing, ended:
			if err = b.deleteNew(ctx, key, until); err == nil {
				err = b.deleteOld(ctx, key, until)
			}
		default:
			err = b.deleteBehind(ctx, key, p, until)
		}
	}
	return err
}

// deleteHere deletes a session that is in from. It ends by compare-and-swap, so that it is not on its way when the new
// store is told.
func (b *both) deleteHere(ctx context.Context, key store.Key, p place, until time.Time) error {
	past := time.Now().UTC().Truncate(time.Microsecond).Add(-time.Hour)
	end := store.Record{Version: p.rec.Version, Created: p.rec.Created, Seen: p.rec.Seen, Expires: past}
	if err := b.from.Save(ctx, key, end); err != nil {
		return wrap("end a session in the old store", err)
	}
	if err := b.deleteOld(ctx, key, until); err != nil {
		return err
	}
	return b.deleteNew(ctx, key, until)
}

// deleteBehind deletes a session whose mark is in from. The mark stays, without what it holds of the session, as long as
// the new store refuses to save.
func (b *both) deleteBehind(ctx context.Context, key store.Key, p place, until time.Time) error {
	end := p.rec.Expires
	if until.After(end) {
		end = until.UTC().Truncate(time.Microsecond).Add(time.Microsecond) // not a moment too short
	}
	s := p.state
	if s == moving || s == moved {
		s, until = moved, end
	}
	if err := b.deleteNew(ctx, key, until); err != nil {
		return err
	}
	if p.state == s && end.Equal(p.rec.Expires) {
		return nil
	}
	return wrap("mark a deleted session", b.from.Save(ctx, key, mark(s, p.rec.Version, end)))
}

// deleteOld puts a tombstone into from. One that has ended already would only remove what came meanwhile, which may be a
// mark.
func (b *both) deleteOld(ctx context.Context, key store.Key, until time.Time) error {
	if !until.After(time.Now()) {
		return nil
	}
	return wrap("delete in the old store", b.from.Delete(ctx, key, until))
}

func (b *both) deleteNew(ctx context.Context, key store.Key, until time.Time) error {
	return wrap("delete in the new store", b.to.Delete(ctx, key, until))
}
