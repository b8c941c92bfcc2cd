package session

import (
	"context"
	"errors"
	"slices"

	"github.com/proapi-go/proapi/session/internal/direct"
)

// mustRenew reports whether the session is to get a new ID: it was asked for, or a watched key's value is not what is
// stored.
func (s *Session) mustRenew() bool {
	w := s.work
	if w.watched && !w.renewed {
		w.renewed = s.watchedChanged()
	}
	return w.renewed
}

func (s *Session) watchedChanged() bool {
	loaded := s.loaded()
	return slices.ContainsFunc(s.m.options.RenewOn, func(key string) bool {
		now, has := s.values.get(key)
		before, had := loaded.values.get(key)
		return has != had || !slices.Equal(now, before)
	})
}

// authenticates reports whether the request logs somebody in: by Login, or by setting watched keys in a session that had
// none of them. Such a request has proved who it is for, and does not depend on the session that it came with.
func (s *Session) authenticates() bool {
	if slices.ContainsFunc(s.changes(), func(ch change) bool { return ch.op == opLogin }) {
		return true
	}
	return s.marked().watched && !s.hasUser(s.loaded())
}

// hasUser reports whether somebody has logged in, by Login or by setting watched keys.
func (s *Session) hasUser(c content) bool {
	return c.user != "" || slices.ContainsFunc(s.m.options.RenewOn, func(key string) bool {
		_, has := c.values.get(key)
		return has
	})
}

// move stores the session under a new ID and ends the old one. The order loses nothing: the new record first; then the
// old one is replaced, by compare-and-swap, with one that has expired, which fails where another request has changed it
// meanwhile (and the changes are moved again); then it is deleted. Only the last step may fail without harm.
func (s *Session) move(ctx context.Context) error {
	old, oldKey := s.was, s.key
	if old.version == 0 && s.isEmpty() {
		return nil // nothing is stored and nothing will be: the new ID is all there is to it
	}
	if s.id.IsZero() || s.sent {
		s.identify()
	}
	rec := s.record()
	rec.Version = uint64(s.work.moved)
	key := s.id.key()
	s.work.moved++ // also where nobody knows whether the save took effect
	if err := s.m.save(ctx, &key, s.work.commit.began, &rec); err != nil {
		if errors.Is(err, ErrConflict) { // it was revoked under the new ID, which nothing but a list knows: another one, then
			s.identify()
			s.work.moved = 0
		}
		return err
	}
	if err := s.m.mayStay(ctx, s); err != nil {
		return err
	}
	if err := s.retire(ctx, old, oldKey); err != nil {
		return err
	}
	s.m.observe.event(ctx, EventRenewed, key, s.user, "")
	s.key = key
	s.saved(&rec)
	return nil
}

// retire ends the session under the ID that it had.
func (s *Session) retire(ctx context.Context, old stored, key Key) error {
	if !s.hasToken {
		return nil
	}
	now := s.work.commit.began
	if old.version > 0 {
		spent := direct.Record{Version: old.version, Created: int64(old.created), Seen: int64(now), Expires: int64(now)}
		if err := s.m.save(ctx, &key, now, &spent); err != nil {
			return err
		}
	}
	err := s.m.delete(ctx, key, s.m.tokenEnd(now))
	if err != nil && old.version > 0 {
		s.m.observe.down(ctx, "delete a renewed session, which has ended all the same", key, err)
		return nil
	}
	return err
}

// takeBack removes the record that was stored under a new ID of which no client will hear, as well as the store lets it:
// otherwise it expires on its own.
func (s *Session) takeBack(ctx context.Context) {
	if s.work.moved > 0 {
		_ = s.m.delete(ctx, s.id.key(), s.m.clock.now().time())
		s.work.moved = 0
	}
}

// replace ends a session that was cleared, and stores what was set since as a new one.
func (s *Session) replace(ctx context.Context) error {
	old, oldUser, oldKey, hadToken := s.was, s.loaded().user, s.key, s.hasToken
	s.restart()
	if s.changed() {
		s.work.moved++
		if err := s.put(ctx); err != nil {
			return err
		}
	}
	if old.version == 0 {
		if ends := hadToken && s.work.leaving; !ends {
			return nil
		}
		if _, err := s.m.store.Load(ctx, oldKey); errors.Is(err, ErrNotFound) {
			return nil // nor was anything meanwhile: strangers who log out leave nothing behind, however many they are
		}
	}
	if err := s.m.delete(ctx, oldKey, s.m.tokenEnd(s.m.clock.now())); err != nil {
		return err
	}
	s.m.observe.event(ctx, EventLogout, oldKey, oldUser, "")
	return nil
}

// restart keeps what the handler changed and leaves the session that it came with behind.
func (s *Session) restart() {
	s.was, s.key, s.hasToken, s.stale = stored{}, Key{}, false, false
	w := s.working()
	w.loaded, w.sum, w.dirty, w.apart, w.renewed = content{}, values(nil).sum(), !s.isEmpty(), true, false
	if s.id.IsZero() || s.sent {
		s.identify()
	}
}
