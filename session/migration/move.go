package migration

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// move moves the session that was found at p. ErrConflict says that another call came first.
func (b *both) move(ctx context.Context, key store.Key, p place) error {
	m := markMoving(p.rec)
	if err := b.from.Save(ctx, key, m); err != nil {
		return wrap("mark a session", err)
	}
	m.Version++
	return b.finish(ctx, key, place{state: moving, rec: m, session: p.rec})
}

// finish does what remains of a move, whoever began it. Where to has the session already, or it was deleted there, there
// is nothing to bring.
func (b *both) finish(ctx context.Context, key store.Key, p place) error {
	if p.state != moving {
		return nil
	}
	if !p.session.Expired(time.Now()) {
		err := b.importer.Import(ctx, key, p.session)
		if errors.Is(err, store.ErrConflict) {
			err = b.notMarked(ctx, key)
		}
		if err != nil {
			return wrap("bring a session to the new store", err)
		}
	}
	err := b.from.Save(ctx, key, mark(moved, p.rec.Version, p.rec.Expires))
	if errors.Is(err, store.ErrConflict) {
		return nil // somebody else has finished it, or the session was deleted
	}
	return wrap("mark a moved session", err)
}

// notMarked returns an error where to holds what only the old store of a move does: then the mark has the session still,
// and must keep it.
func (b *both) notMarked(ctx context.Context, key store.Key) error {
	if _, err := b.loadNew(ctx, key); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// fence sees to it that from holds a mark at least until the given time, so that nobody stores a session there.
// ErrConflict says that there is one, or that key was deleted.
func (b *both) fence(ctx context.Context, key store.Key, until time.Time) error {
	err := b.markNew(ctx, key, until)
	for errors.Is(err, store.ErrConflict) {
		p, lookErr := b.look(ctx, key)
		switch {
		case lookErr != nil:
			return lookErr
		case p.state == moving:
			if err := b.finish(ctx, key, p); err != nil {
				return err
			}
		case !p.marked():
			return store.ErrConflict
		case !p.rec.Expires.Before(until):
			return nil
		default:
			err = b.from.Save(ctx, key, mark(p.state, p.rec.Version, until))
		}
	}
	return wrap("mark a new session", err)
}

// farVersion is one that no session reaches, and that a float64 holds.
const farVersion = 1 << 40

// markNew puts a mark where nothing is. It gets a version, where the store lets it, that no call can have in mind which
// still knows a session that was under key before.
func (b *both) markNew(ctx context.Context, key store.Key, until time.Time) error {
	m := mark(fenced, 0, until)
	if b.marker == nil {
		return b.from.Save(ctx, key, m)
	}
	m.Version = farVersion
	return b.marker.Import(ctx, key, m)
}
