package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
)

// begin reads the request's cookie. It asks no store.
func (s *Session) begin(m *Manager, r *http.Request) {
	s.m, s.http, s.began = m, r, m.clock.now()
	if text, has := m.options.headerToken(r.Header); has {
		s.beginByHeader(text)
		return
	}
	var values [maxCandidates]string
	n, more := m.cookie.read(r.Header, &values)
	if n == 0 {
		s.stale = m.withheld(r)
		return
	}
	s.presents = true
	old, err := m.pick(values[:n], s.began, &s.token)
	if more {
		err = errTokenTwo
	}
	s.present(old, err)
}

// beginByHeader is begin for a client that brings its token in a header, or wants one there.
func (s *Session) beginByHeader(text string) {
	s.transport = byHeader
	if text == "" {
		return
	}
	s.presents = true
	s.present(s.m.keys.readToken(text, s.began, s.m.options.MaxAge+time.Second, &s.token))
}

// present takes the client's token, which has been read, unless there was an error. One that was signed with an old secret
// is to be issued anew.
func (s *Session) present(old bool, err error) {
	if err != nil {
		s.token = token{}
		s.m.observe.reject(s.context(), err)
		return
	}
	s.hasToken, s.sent, s.resend = true, true, old
}

// pick finds the one token among the values of cookies with our name. A sibling host can plant a second, but cannot
// sign it; where two sessions verify, one of them is somebody else's, and neither is used.
func (m *Manager) pick(values []string, now moment, into *token) (old bool, err error) {
	if len(values) == 1 {
		return m.keys.readToken(values[0], now, m.options.MaxAge+time.Second, into)
	}
	var found signedToken
	reason := error(nil)
	for _, value := range values {
		t, err := m.keys.parseToken(value, now, m.options.MaxAge+time.Second)
		switch {
		case err != nil:
			reason = err
		case found.id.IsZero():
			found = t
		case found.id != t.id:
			return false, errTokenTwo
		case t.issued > found.issued:
			found = t
		}
	}
	if found.id.IsZero() {
		return false, reason
	}
	*into = found.token
	return found.old, nil
}

// load loads the session at its first use. Where that fails, every use finds it empty, the request fails, and the
// handler's context ends.
func (s *Session) load() error {
	switch s.phase {
	case ready:
		return nil
	case failed, off:
		s.phase = failed
		return s.failure()
	case unloaded:
		s.phase = ready
	}
	if !s.hasToken {
		return nil
	}
	var rec direct.Record
	err := s.find(&rec)
	switch {
	case err == nil:
		s.take(&rec)
	case errors.Is(err, ErrNotFound):
		s.takeNothing(err)
	case errors.Is(err, errBroken):
		s.m.observe.broken(s.context(), s.key, err.Error())
		s.startOver()
	default:
		s.phase = failed
		s.unavailable(s.context(), "load", err)
		s.ending.end(s.source(), s.fail(fmt.Errorf("%w: %w", ErrUnavailable, err)))
		return s.failure()
	}
	return nil
}

// find loads the session's record, unless too many wait for the store already.
func (s *Session) find(rec *direct.Record) error {
	if s.m.inProcess {
		return s.m.loadRecord((*promptContext)(s), &s.key, s.began, rec)
	}
	if err := s.m.crowd.join(); err != nil {
		return err
	}
	defer s.m.crowd.leave()
	ctx := &storeContext{began: s.began}
	ctx.source = source{parent: s.context(), timeout: s.m.options.StoreTimeout}
	defer ctx.release()
	return s.m.loadRecord(ctx, &s.key, s.began, rec)
}

// unavailable records that the store could not answer.
func (s *Session) unavailable(ctx context.Context, what string, err error) {
	if errors.Is(err, errCrowded) && !s.m.crowd.tell(s.m.clock.now()) {
		s.m.observe.unavailable.Add(1)
		return
	}
	s.m.observe.down(ctx, what, s.key, err)
}

// take makes a record that was loaded what the session holds, if it is one that can be used.
func (s *Session) take(rec *direct.Record) {
	created, seen, latest := moment(rec.Created), moment(rec.Seen), s.began.after(clockSkew)
	switch {
	case created > latest || seen > latest:
		s.m.observe.broken(s.context(), s.key, errBroken.Error()+": its times lie in the future")
		s.startOver()
		return
	case s.began >= s.m.expiry(created, seen): // a lifetime was shortened since
		s.m.observe.event(s.context(), EventExpired, s.key, rec.User, "lifetime")
		s.startOver()
		return
	}
	s.hold(rec)
	if s.m.guard != nil {
		s.prove()
	}
}

// hold makes what was just loaded what the session holds.
func (s *Session) hold(rec *direct.Record) {
	s.was, s.due = asStored(rec), s.m.isDue(moment(rec.Seen), s.began)
	s.content = content{user: rec.User, values: rec.Values}
	s.together()
}

// takeNothing makes the session an empty one: a new one under the token's ID where nothing was ever stored for it; a
// late request's where the session ended a moment ago; a new visitor's where it ended before that.
func (s *Session) takeNothing(err error) {
	var broken *BrokenError
	var deleted *DeletedError
	switch {
	case errors.As(err, &broken):
		s.m.observe.broken(s.context(), s.key, broken.Error())
		s.startOver()
		return
	case !errors.As(err, &deleted):
		return
	}
	if s.began.since(at(deleted.At)) < s.m.options.Grace {
		s.stale = true
		return
	}
	s.m.observe.event(s.context(), EventExpired, s.key, "", "ended") // somebody has kept a token of a session that was ended
	s.startOver()
}

// startOver leaves the client's ID behind: what is stored from now on is a new visitor's.
func (s *Session) startOver() {
	s.holdNothing()
	s.token, s.hasToken, s.sent, s.stale = token{}, false, false, false
}

// holdNothing leaves the session empty, as where nothing is stored.
func (s *Session) holdNothing() {
	s.was, s.content = stored{}, content{}
	s.together()
}

// together notes that the content is what was loaded.
func (s *Session) together() {
	if s.work != nil {
		s.work.apart = false
	}
}

// context returns what is logged with, and handed to hooks.
func (s *Session) context() context.Context {
	if s.http == nil {
		return context.Background()
	}
	return s.http.Context()
}

// disabled returns the session of a request that has none.
func disabled() *Session {
	return &Session{m: nowhere(), phase: off, work: &work{err: ErrDisabled}}
}

// nowhere is the manager of such sessions: it has defaults and a log, and no store.
var nowhere = sync.OnceValue(func() *Manager {
	o := Options{}.withDefaults()
	return &Manager{options: o, observe: newObserver(o.Logger, nil)}
})
