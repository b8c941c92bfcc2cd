package migration

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// insertOld is the Save of a new session in Prepare.
func (b *both) insertOld(ctx context.Context, key store.Key, rec store.Record) error {
	if err := b.absentFromNew(ctx, key); err != nil {
		return err
	}
	err := b.from.Save(ctx, key, rec)
	if !errors.Is(err, store.ErrConflict) {
		return wrap("save to the old store", err)
	}
	p, err := b.look(ctx, key)
	switch {
	case err != nil:
		return err
	case !p.marked(): // and never a mark of our own, beside processes that do not know marks
		return store.ErrConflict
	case rec.Expired(time.Now()):
		return b.saveBehind(ctx, key, p, rec)
	}
	return b.insertNew(ctx, key, rec) // behind the mark there may be nothing any more
}

// absentFromNew returns ErrConflict where to has a session under key or tells that it was deleted.
func (b *both) absentFromNew(ctx context.Context, key store.Key) error {
	_, err := b.to.Load(ctx, key)
	switch {
	case err == nil, isEnded(err):
		return store.ErrConflict
	case errors.Is(err, store.ErrNotFound):
		return nil
	}
	return wrap("load from the new store", err)
}

// insertNew is the Save of a new session in Switch. The mark comes first: a process in Prepare that would store a session
// under the same key finds it.
func (b *both) insertNew(ctx context.Context, key store.Key, rec store.Record) error {
	if err := b.fence(ctx, key, rec.Expires); err != nil {
		return err
	}
	return wrap("save to the new store", b.to.Save(ctx, key, rec))
}

// saveNew is the Save of a loaded session in Switch. Where to has nothing, the session is in from, and moves.
func (b *both) saveNew(ctx context.Context, key store.Key, rec store.Record) error {
	err := b.to.Save(ctx, key, rec)
	if !errors.Is(err, store.ErrConflict) {
		return wrap("save to the new store", err)
	}
	if err := b.absentFromNew(ctx, key); err != nil {
		return err
	}
	p, err := b.look(ctx, key)
	if err != nil {
		return err
	}
	if p.state == present {
		if p.rec.Version != rec.Version {
			return store.ErrConflict
		}
		if err := b.move(ctx, key, p); err != nil {
			return err
		}
		p.state = moved
	}
	return b.saveBehind(ctx, key, p, rec)
}

// saveWhereItIs saves to the store that has the session, and moves nothing.
func (b *both) saveWhereItIs(ctx context.Context, key store.Key, rec store.Record) error {
	p, err := b.look(ctx, key)
	switch {
	case err != nil:
		return err
	case p.state != present:
		return b.saveBehind(ctx, key, p, rec)
	case p.rec.Version != rec.Version: // and never a save to what may be a mark of that version meanwhile
		return store.ErrConflict
	}
	return wrap("save to the old store", b.from.Save(ctx, key, rec))
}

// saveBehind saves to the new store, where from holds no session but what p says.
func (b *both) saveBehind(ctx context.Context, key store.Key, p place, rec store.Record) error {
	if p.state == ended {
		return store.ErrConflict
	}
	if err := b.finish(ctx, key, p); err != nil {
		return err
	}
	if (p.state == moving || p.state == moved) && rec.Expired(time.Now()) {
		return b.spend(ctx, key, rec.Version, p.rec.Expires)
	}
	return wrap("save to the new store", b.to.Save(ctx, key, rec))
}

// spend ends a session that has moved, by a save that has expired. Were its place free at once, a slow move of it could
// bring it back: a mark keeps it as long as that could be, and then a tombstone does, which nobody takes for a record.
func (b *both) spend(ctx context.Context, key store.Key, version uint64, until time.Time) error {
	if err := b.to.Save(ctx, key, mark(spent, version, until)); err != nil {
		return wrap("save to the new store", err)
	}
	_ = b.to.Delete(ctx, key, until) // the mark does as well, but for a warning where one does not know it
	return nil
}
