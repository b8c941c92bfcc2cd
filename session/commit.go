package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/proapi-go/proapi/session/internal/direct"
)

// finish ends a request's use of its session, before the first byte of a response with the given status: it stores the
// changes and writes the cookie. After an error the response must be the error's alone. An error of the handler's own,
// 500 or more, stores nothing.
func (s *Session) finish(h http.Header, status int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if s.m.guard != nil && status < 500 {
		s.bind()
	}
	s.closed = true
	told := s.forget(h, status)
	if !s.rests() && (s.failure() != nil || status < 500) {
		if err := s.commit(); err != nil {
			return s.fail(err)
		}
		sent := s.setCookie(h)
		if s.m.guard != nil {
			s.answerBinding(h, sent)
		}
		told = sent || told
	}
	if told || s.used() {
		s.varies(h)
	}
	return nil
}

// rests reports whether there is nothing to store, and nothing to tell the client, as after most requests: nothing was
// changed, and the session has the ID that it came with, so that it was not renewed or cleared either.
func (s *Session) rests() bool { return s.work == nil && s.sent && !s.mustTouch() }

// commit stores what the request changed. It has a deadline of its own and does not end with the client's connection.
func (s *Session) commit() error {
	if err := s.failure(); err != nil || s.phase != ready {
		return err
	}
	if s.stale {
		switch {
		case s.authenticates():
			if err := s.endUnproven(); err != nil {
				return err
			}
			s.restart()
		case !s.unproven || !s.marked().cleared: // a logout ends the session, whoever asks for it
			return nil
		}
	}
	if noted := s.marked(); !noted.cleared && !noted.renewed && !s.changed() && !s.mustTouch() {
		return nil
	}
	ctx := &s.working().commit
	ctx.source, ctx.began = s.detached(), s.m.clock.now()
	defer ctx.release()
	if err := s.m.crowd.join(); err != nil {
		return s.explain(ctx, err)
	}
	defer s.m.crowd.leave()
	err := s.store(ctx)
	if err != nil {
		s.takeBack(ctx)
	}
	return s.explain(ctx, err)
}

// store stores what there is to store, and sees to it that a user has no more sessions than he may have.
func (s *Session) store(ctx context.Context) error {
	login := s.logsIn()
	if login {
		if err := s.m.mayLogIn(ctx, s); err != nil {
			return err
		}
	}
	save := s.save
	if s.work.cleared {
		save = s.replace
	}
	if err := save(ctx); err != nil || !login {
		return err
	}
	if err := s.m.keepWithin(ctx, s); err != nil {
		return err
	}
	s.m.observe.event(ctx, EventLogin, s.key, s.user, "")
	return nil
}

// detached returns what calls of the store follow that have a deadline of their own, and do not end with the request.
func (s *Session) detached() source {
	return source{parent: s.context(), timeout: s.m.options.StoreTimeout, detached: true}
}

// explain records an error of the store and makes it the request's.
func (s *Session) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrEnded):
		s.m.observe.lost(ctx, s.key)
		return err
	case isOwn(err), errors.Is(err, ErrTooManySessions), errors.Is(err, ErrNotListed):
		return err
	}
	s.unavailable(ctx, "commit", err)
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// isOwn reports whether err is about what the handler did, and not about the store.
func isOwn(err error) bool {
	var size *SizeError
	var typ *TypeError
	var val *ValueError
	return errors.As(err, &size) || errors.As(err, &typ) || errors.As(err, &val)
}

// save stores the changes under compare-and-swap, on the newest record, however often another request comes first.
func (s *Session) save(ctx context.Context) error {
	err := s.trySave(ctx)
	if !errors.Is(err, ErrConflict) {
		return err
	}
	s.m.observe.conflict()
	giveBack, err := s.m.turns.take(ctx, s.key)
	if err != nil {
		return err
	}
	defer giveBack()
	return s.saveAgain(ctx)
}

// trySave stores what there is to store, once.
func (s *Session) trySave(ctx context.Context) error {
	switch {
	case s.mustRenew():
		return s.move(ctx)
	case s.changed():
		return s.put(ctx)
	case s.mustTouch():
		s.touch(ctx)
	}
	return nil
}

// changed reports whether what the session holds is not what is stored: several changes may have set it back.
func (s *Session) changed() bool {
	w := s.work
	return w != nil && w.apart && w.dirty && (len(w.changes) == 1 || s.user != w.loaded.user || s.values.sum() != w.sum)
}

// isEmpty reports whether the session holds nothing.
func (c *content) isEmpty() bool { return c.user == "" && len(c.values) <= 1 } // the format, or not even that

// put saves the session under its ID.
func (s *Session) put(ctx context.Context) error {
	if s.was.version == 0 && !s.sent {
		s.key = s.needID().key()
	}
	rec := s.record()
	if err := s.m.save(ctx, &s.key, s.work.commit.began, &rec); err != nil {
		return err
	}
	if rec.Version == 0 {
		if err := s.m.mayStay(ctx, s); err != nil {
			_ = s.m.delete(ctx, s.key, s.m.clock.now().time()) // no client will hear of it
			return err
		}
		s.m.observe.event(ctx, EventCreated, s.key, s.user, "")
	}
	s.saved(&rec)
	return nil
}

// saved makes rec, which was just stored and is what the handler sees, the session's record.
func (s *Session) saved(rec *direct.Record) {
	s.was, s.due = asStored(rec), false
	s.was.version++
	s.work.apart, s.work.wrote = false, true
}

// record returns what is to be stored for the session as it is now.
func (s *Session) record() direct.Record {
	now := s.work.commit.began
	created := s.was.created
	if s.was.version == 0 || s.authenticates() {
		created = s.m.epoch.beginning(s.began)
	}
	return direct.Record{
		Version: s.was.version,
		Created: int64(created),
		Seen:    int64(now),
		Expires: int64(s.m.expiry(created, now)),
		User:    s.user,
		Values:  s.values,
	}
}

// touch stores the time of the last use. It is no change of the handler's: whoever
// comes first has done it, and a store that cannot do it is no reason to refuse the answer.
func (s *Session) touch(ctx context.Context) {
	err := s.put(ctx)
	if err != nil && !errors.Is(err, ErrConflict) && !errors.Is(err, ErrEnded) {
		s.m.observe.down(ctx, "touch", s.key, err)
	}
}

// mustTouch reports whether the stored time of the last use is too old, or the client needs a new token.
func (s *Session) mustTouch() bool { return s.was.version > 0 && (s.due || s.resend) }

// isDue reports whether a last use that was stored as seen is too old for a request that came at now.
func (m *Manager) isDue(seen, now moment) bool {
	interval := m.options.SeenInterval
	return interval >= 0 && now.since(seen) >= interval
}
