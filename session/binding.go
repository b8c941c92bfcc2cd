package session

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// keyBinding is the engine's own key for what is kept of the device that a session is bound to.
const keyBinding = "\x00device"

// checkBinding returns everything that is wrong with Binding, or with other options beside it.
func (o *Options) checkBinding() error {
	if o.Binding == nil {
		return nil
	}
	_, err := o.Binding.Open(o.site())
	return err
}

// site tells a binding of the options, the keys aside.
func (o *Options) site() binding.Site {
	return binding.Site{
		CookieName: o.CookieName, CookiePath: o.CookiePath, CookieDomain: o.CookieDomain, SameSite: o.SameSite,
		MaxAge: o.MaxAge, Secure: o.Secure.is(o.Env == Production), Partitioned: o.Partitioned, TokenHeader: o.TokenHeader != "",
	}
}

// openGuard prepares Options.Binding.
func (m *Manager) openGuard(roots [][]byte) error {
	o := &m.options
	if o.Binding == nil {
		return nil
	}
	site := o.site()
	for i, root := range roots {
		secret, err := hkdf.Expand(sha256.New, root, "device binding v1\x00"+o.CookieName, sha256.Size)
		if err != nil {
			return fmt.Errorf("session: derive keys: %w", err)
		}
		site.Keys = append(site.Keys, binding.Key{ID: m.keys.keys[i].id, Secret: secret})
	}
	var err error
	if m.locators, err = newKeyring(roots, o.CookieName+"\x00device"); err != nil {
		return err
	}
	m.guard, err = o.Binding.Open(site)
	return err
}

// DeviceBound reports whether the session is bound to the device on which its user logged in, so that its cookie alone is
// worth nothing elsewhere. See Options.Binding.
func (s *Session) DeviceBound() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load() == nil && s.m.guard != nil && bindingOf(s.values).Bound()
}

// bindingOf returns what the values keep of the binding; it aliases them.
func bindingOf(v values) binding.State {
	b, _ := v.get(keyBinding)
	return asState(b)
}

// asState decodes a stored state. Of what is none it returns something, which no guard takes for one.
func asState(b []byte) binding.State {
	if state, rest, ok := readCounted(b, majorBytes); ok && len(rest) == 0 {
		return state
	}
	return b
}

// prove takes the session that was loaded away again from a request that does not prove to come from its device. Like a late
// one it sees an empty session, stores nothing and sets no cookie.
func (s *Session) prove() {
	if s.exempt {
		return
	}
	claim := binding.Claim{State: bindingOf(s.values), Now: s.began.time()}
	claim.User = len(claim.State) == 0 && s.hasUser(s.content)
	reason := s.m.guard.Check(s.http, claim)
	if reason == "" {
		return
	}
	s.m.observe.unproven(s.context(), s.key, s.user, reason)
	s.holdNothing()
	s.stale, s.unproven, s.resend = true, true, false
}

// endUnproven ends the session that a user came with who did not prove to be on its device, and has logged in again: it is
// of no use to him any more, and would count among those that he has.
func (s *Session) endUnproven() error {
	if !s.unproven || s.user == "" {
		return nil
	}
	ctx := &lazyContext{source: s.detached()}
	defer ctx.release()
	if err := s.m.crowd.join(); err != nil {
		return s.explain(ctx, err)
	}
	defer s.m.crowd.leave()
	now := s.m.clock.now()
	rec, err := s.m.load(ctx, s.key, now)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, errBroken), err == nil && rec.User != s.user:
		return nil
	case err == nil:
		err = s.m.delete(ctx, s.key, s.m.tokenEnd(now))
	}
	if err == nil {
		s.m.observe.event(ctx, EventLogout, s.key, s.user, "without its device, by a new login")
	}
	return s.explain(ctx, err)
}

// bind begins the binding of a login. A client that has its token in a header is no browser, and has none.
func (s *Session) bind() {
	if !s.authenticates() {
		return
	}
	if s.transport == byHeader {
		_ = s.change(&change{op: opDelete, key: keyBinding}) // fails the request
		return
	}
	val, _ := appendScalar(nil, []byte(s.m.guard.Begin(s.m.clock.now().time())))
	s.working().binds = s.change(&change{op: opSet, key: keyBinding, val: val}) == nil
}

// answerBinding tells the browser how to bind a session to its device, that a bound one has a new ID, or that it is over.
func (s *Session) answerBinding(h http.Header, sent bool) {
	switch noted := s.marked(); {
	case noted.cleared && !noted.binds:
		s.m.guard.Answer(s.http, h, nil, "")
	case noted.binds, sent && !s.stale && bindingOf(s.values).Bound():
		// signed with a key for this purpose, it names the session to the guard's endpoints alone
		s.m.guard.Answer(s.http, h, bindingOf(s.values), s.m.locators.newToken(s.needID(), s.m.clock.now()))
	}
}

// deviceSession returns the request's session for the guard's own endpoints.
func deviceSession(r *http.Request) binding.Session {
	return guarded{From(r.Context())}
}

// guarded is a session that may be loaded without the proof for which the endpoint asks.
type guarded struct{ *Session }

// State returns what is kept of the binding.
func (g guarded) State(locator string) (binding.State, time.Time, error) {
	s := g.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exempt = true
	now := s.began.time()
	located := !s.presents && locator != ""
	if located {
		s.present(s.m.locators.readToken(locator, s.began, s.m.options.MaxAge+time.Second, &s.token))
		s.stale = false // as for a request without a cookie that another site is behind
	}
	if err := s.load(); err != nil {
		return nil, now, err
	}
	late := s.stale && !located // a browser that was given a new ID has its cookie, one that has none is logged out
	s.stale = true              // whatever the request finds, its answer sets no cookie
	switch {
	case late:
		return nil, now, binding.ErrLate
	case s.was.version == 0:
		return nil, now, binding.ErrGone
	}
	return bindingOf(s.values), now, nil
}

// Refuse records that the request did not prove what it had to.
func (g guarded) Refuse(reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m.observe.unproven(g.context(), g.key, g.user, reason)
}

// Update stores a change of it at once.
func (g guarded) Update(update func(binding.State) (binding.State, error)) error {
	s := g.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	var refusal error
	s.working().changes = []change{{op: opModify, key: keyBinding, modify: func(old []byte, _ bool) ([]byte, error) {
		var kept binding.State
		kept, refusal = update(asState(old))
		val, _ := appendScalar(nil, []byte(kept))
		return val, refusal
	}}}
	s.work.commit = storeContext{} // there may be a second change
	ctx := &s.work.commit
	ctx.source, ctx.began = s.detached(), s.m.clock.now()
	defer ctx.release()
	if err := s.m.crowd.join(); err != nil {
		return s.fail(s.explain(ctx, err))
	}
	defer s.m.crowd.leave()
	bound := bindingOf(s.values).Bound()
	err := s.replay()
	if err == nil {
		err = s.save(ctx)
	}
	switch {
	case err == nil:
		if !bound {
			s.m.observe.event(ctx, EventBound, s.key, s.user, "")
		}
		return nil
	case refusal != nil:
		return refusal
	case errors.Is(err, ErrEnded):
		return binding.ErrLate
	}
	return s.fail(s.explain(ctx, err))
}
