package session

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// A Legacy takes over the sessions of another library, so that nobody is logged out on the day on which this one takes
// its place. See [Manager.TakeOver].
type Legacy struct {
	// Cookie is the name of the other library's cookie. It may be the same as Options.CookieName. Path and Domain are what
	// the cookie was set with, if that was not "/" and none: with others a browser does not forget it.
	Cookie, Path, Domain string

	// Read returns what takes the values over of the session that the request's old cookie stands for, and nil where it
	// stands for none. It verifies the cookie, with the other library and its keys: what it does not refuse is believed.
	// An error means that nobody knows, because the other library's store is down for one; the client gets a 503.
	//
	// What Read returns sets in s what is to be kept, and calls Login where the old session was logged in. It is called
	// before the handler.
	Read func(r *http.Request) (take func(s *Session), err error)

	// End deletes what the other library has stored for the request's old cookie, so that the cookie is dead there too. It is
	// called once what was taken over is stored; it may be called again. Nil is for sessions that are in the cookie itself,
	// which nothing can end: here such a cookie is taken over once, and dead from then on.
	End func(r *http.Request) error

	// Until is when the taking over ends: when the last session of the other library has expired that it began before
	// the change. Up to then it is remembered which cookies were taken over, one entry of some hundred bytes for each.
	Until time.Time
}

// takeOverWindow is for how long an old cookie stands for the session that it was taken over to: requests that were sent
// with it, before the browser had the new one, are in flight, and the answer that brings the new one may be lost.
const takeOverWindow = 5 * time.Minute

// TakeOver is Middleware for next that also knows the cookies of another library: a request that has one, and none of
// ours, gets its session with what Legacy.Read takes over, and then the cookie for it.
//
// All requests with one old cookie find one session, however many come at once, on however many nodes. Five minutes after
// the first of them the old cookie is dead, and so it is as soon as the session has ended or changed its ID: a logout here never
// falls back to it. Two things are left as the other library has them. Of a session that is in its cookie, an earlier
// copy is another cookie, and can be taken over too, until Until. And what has not been taken over yet is reached by no
// revocation here.
//
// It is an error to leave out Cookie, Read or Until.
func (m *Manager) TakeOver(l Legacy, next http.Handler) (http.Handler, error) {
	if l.Cookie == "" || l.Read == nil || l.Until.IsZero() {
		return nil, errors.New("session: TakeOver needs the old cookie's name, what reads its session, and until when: set Legacy's Cookie, Read and Until")
	}
	old := newCookie(&Options{
		CookieName: l.Cookie, CookiePath: cmp.Or(l.Path, "/"), CookieDomain: l.Domain, SameSite: http.SameSiteLaxMode,
	})
	return &takeOver{
		Legacy: l, m: m, next: m.Middleware(adopting(next)), old: old, renamed: l.Cookie != m.options.CookieName,
	}, nil
}

// takeOver is the handler that TakeOver returns.
type takeOver struct {
	Legacy

	m       *Manager
	next    http.Handler
	old     *cookie
	renamed bool // the old cookie has another name than ours
}

// ServeHTTP decides what a request's old cookie is worth, and hands the request on.
func (t *takeOver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := r.Cookie(t.Cookie)
	if err != nil || t.m.recognizes(r) {
		t.pass(w, r, err == nil)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), t.m.options.StoreTimeout)
	defer cancel()
	a := newAdoption(t.Cookie, c.Value)
	switch valid, err := t.judge(ctx, r, a); {
	case err != nil:
		t.refuse(w, r, err)
	case !valid:
		t.pass(w, r, true)
	default:
		t.next.ServeHTTP(w, a.sign(t.m, r))
		t.end(r, a)
	}
}

// pass hands a request on whose old cookie, if it has one, is of no more use.
func (t *takeOver) pass(w http.ResponseWriter, r *http.Request, has bool) {
	if has && t.renamed {
		t.old.set(w.Header(), nil, 0)
	}
	t.next.ServeHTTP(w, r)
}

// judge reports whether the old cookie stands for a session: one that was taken over a moment ago, or that the other
// library vouches for and that was not taken over before.
func (t *takeOver) judge(ctx context.Context, r *http.Request, a *adoption) (valid bool, err error) {
	vouched, err := t.read(r, a) // first: who ends a session there has stored it here before
	if err != nil || !vouched && t.End == nil {
		return false, err
	}
	since, err := a.takenSince(ctx, t.m.store)
	now := time.Now()
	switch taken := !since.IsZero(); {
	case err != nil:
		return false, err
	case taken && now.Sub(since) > takeOverWindow, !taken && !now.Before(t.Until):
		return false, nil
	case taken:
		if known, err := a.known(ctx, t.m.store); known || err != nil {
			return known, err
		}
	}
	if !vouched {
		return false, nil
	}
	if since.IsZero() { // before it is stored: then no failure leaves a cookie that can be taken over twice
		err = t.m.store.Delete(ctx, a.mark, t.Until.Add(takeOverWindow))
	}
	return err == nil, err
}

// read reports whether the other library knows the session, and where nobody knows, the error.
func (t *takeOver) read(r *http.Request, a *adoption) (vouched bool, err error) {
	a.take, err = t.Read(r)
	return err == nil && a.take != nil, err
}

// end has the other library forget what was taken over, if it was.
func (t *takeOver) end(r *http.Request, a *adoption) {
	if t.End == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), t.m.options.StoreTimeout)
	defer cancel()
	stored, err := a.known(ctx, t.m.store)
	if err == nil && stored {
		err = t.End(r.WithContext(ctx))
	}
	if err != nil {
		t.m.options.Logger.LogAttrs(ctx, slog.LevelError, "session: what was taken over could not be ended in the store that it came from",
			slog.Any("error", err))
	}
}

// refuse answers where nobody knows what the old cookie is worth.
func (t *takeOver) refuse(w http.ResponseWriter, r *http.Request, err error) {
	t.m.options.Logger.LogAttrs(r.Context(), slog.LevelError, "session: an old session could not be taken over", slog.Any("error", err))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "1")
	t.m.options.OnError(w, r, http.StatusServiceUnavailable, errors.Join(ErrUnavailable, err))
}
