package history

import (
	"fmt"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// A state is all that there is to one session, and what the processes know of the revocations of everybody's sessions.
type state struct {
	begun   bool
	token   Token // under which it can be reached; nobody has a negative one; 0 where it has ended
	content Content
	revoked struct { // what a revocation has ended: a login that was under way then may stay, with all that the session held
		token   Token
		content Content
	}
	born  int            // the last revocation of everybody's that was known where its user logged in last
	known [Processes]int // the last one that each process knows: for it what was born before has ended
}

// An event is one thing that a request does.
type event struct {
	*Request
	what    part
	revoked bool // the user's sessions were revoked while the request was to give the session a new token
	cut     bool // everybody's were, while the request was under way

	process, nth int // of learns: who learns of which revocation of everybody's
}

// A part says which of the things that a request does an event is.
type part uint8

const (
	looks   part = iota
	changes      // something, or comes too late for that
	expires      // the new token, by a revocation that saw the session in the middle of its move
	learns       // that everybody's sessions have ended: each process at a moment of its own
)

// events takes requests apart. What a request saw it saw at some moment, and what it changed it changed at a later one: for
// the model these are two, and both lie between the request's beginning and its end.
func events(requests, revoked []Request) (ops []porcupine.Operation) {
	for i := range requests {
		r := &requests[i]
		e := event{Request: r, revoked: r.moves() && during(r, revoked, Revoke), cut: during(r, revoked, RevokeAll)}
		if r.Looked || r.Verdict == Gone {
			ops = append(ops, e.as(looks, r.End))
		}
		if r.Kind != Look && r.Verdict != Gone {
			ops = append(ops, e.as(changes, r.settled()))
		}
		if (e.revoked || e.cut && r.Kind == Login) && r.Verdict == Done {
			ops = append(ops, e.as(expires, never))
		}
	}
	for i := range revoked {
		ops = append(ops, revocation(&revoked[i], i+1, requests)...)
	}
	return ops
}

// revocation takes the nth of the revocations apart, for those processes that were asked.
func revocation(r *Request, nth int, requests []Request) (ops []porcupine.Operation) {
	if r.Kind == Revoke {
		return []porcupine.Operation{event{Request: r}.as(changes, r.settled())}
	}
	for process := range Processes {
		if slices.ContainsFunc(requests, func(r Request) bool { return r.Process == process }) {
			ops = append(ops, event{Request: r, process: process, nth: nth}.as(learns, r.heard(process)))
		}
	}
	return ops
}

// as returns one of the things that the request does, which it has done by then.
func (e event) as(what part, by time.Duration) porcupine.Operation {
	e.what = what
	return porcupine.Operation{ClientId: e.Client, Input: e, Call: int64(e.Start), Output: e, Return: int64(by)}
}

// moves reports whether the request is to give the session a new token.
func (r *Request) moves() bool { return r.Kind == Login || r.Kind == Renew }

// settled returns by when the request has had its effect.
func (r *Request) settled() time.Duration {
	if r.Verdict == Unknown {
		return never
	}
	return r.End
}

// never is the end of a request that may still have its effect. That it never has one is the same as having it last: then
// nobody sees it.
const never time.Duration = 1 << 62

// model is a session as it has to be.
func model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{} },
		Step: func(s, input, _ any) (bool, any) {
			e := input.(event)
			before := s.(state)
			switch e.what {
			case looks:
				return before.shows(e.Request), before
			case expires:
				return true, before.without(e.New)
			case learns:
				before.known[e.process] = max(before.known[e.process], e.nth)
				return true, before
			case changes:
			}
			after, ok := before.after(e)
			return ok, after
		},
		DescribeOperation: func(input, _ any) string { return input.(event).String() },
	}
}

// here reports whether the session can be reached by the request.
func (s state) here(r *Request) bool {
	return s.begun && s.token == r.Token && s.born >= s.known[r.Process]
}

// shows reports whether the request could have found what it found.
func (s state) shows(r *Request) bool {
	if r.Verdict == Gone {
		return !s.here(r)
	}
	return s.here(r) && s.content == r.Saw
}

// after returns the session after the request's change, and whether it could be answered as it was.
func (s state) after(e event) (state, bool) {
	r := e.Request
	here := s.here(r)
	late := r.Verdict == Done && !here // and yet it may have come in time
	switch {
	case r.Kind == Begin:
		return state{begun: true, token: r.reached(), content: Content{User: r.User}, born: s.known[r.Process], known: s.known}, !s.begun
	case r.Verdict == Ended:
		return s, !here || e.revoked || e.cut // the revocation ends it, now or in a moment
	case r.Kind == Revoke:
		return s.revokedFor(r.User), true
	case late && r.Kind == Login && e.revoked && s.revoked.token == r.Token:
		s.content = s.revoked.content
		return s.changed(r), true
	case here, late && e.cut && s.begun && s.token == r.Token: // other processes may see what it changed, until they know
		return s.changed(r), true
	case r.Verdict == Unknown, r.Kind == Logout, r.Kind == Clear, r.Kind == Login:
		return s, true // had no effect on this session; a login then begins another one
	}
	return s, false
}

// revokedFor returns the session after all of the user's were revoked.
func (s state) revokedFor(user string) state {
	if s.token != 0 && s.content.User == user {
		s.revoked.token, s.revoked.content = s.token, s.content
		s.token, s.content = 0, Content{}
	}
	return s
}

// without returns the session after the end of a token.
func (s state) without(token Token) state {
	if s.token == token {
		s.token, s.content = 0, Content{}
	}
	return s
}

// changed returns the session, which is there, after a change.
func (s state) changed(r *Request) state {
	switch r.Kind {
	case Set:
		s.content.Values[r.Slot] = r.Value
	case Delete:
		s.content.Values[r.Slot] = 0
	case Count:
		s.content.Count++
	case Login:
		s.content.User, s.token, s.born = r.User, r.reached(), s.known[r.Process]
	case Renew:
		s.token = r.reached()
	case Logout, Clear:
		s.token, s.content = 0, Content{}
	case Begin, Look, Revoke, RevokeAll:
	}
	return s
}

// reached returns the token under which the session can be reached after r: one that nobody has, where the answer did not
// arrive.
func (r *Request) reached() Token {
	if r.New == 0 {
		return -1
	}
	return r.New
}

// String is how a violation shows a request.
func (e event) String() string {
	r := e.Request
	when := fmt.Sprintf("%v..%v process %d, client %d, token %d", r.Start, r.End, r.Process, r.Client, r.Token)
	switch e.what {
	case looks:
		return fmt.Sprintf("%s: %s finds %+v (%s)", when, r.Kind, r.Saw, r.Verdict)
	case learns:
		return fmt.Sprintf("%s: %s is known to process %d by %v", when, r.Kind, e.process, r.heard(e.process))
	case changes, expires:
	}
	return fmt.Sprintf("%s: %s slot %d value %d is %s, new token %d", when, r.Kind, r.Slot, r.Value, r.Verdict, r.New)
}
