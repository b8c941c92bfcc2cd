package history

import (
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"
)

// A state is all that there is to one session.
type state struct {
	begun   bool
	token   Token // under which it can be reached; nobody has a negative one; 0 where it has ended
	content Content
	revoked struct { // what a revocation has ended: a login that was under way then may stay, with all that the session held
		token   Token
		content Content
	}
}

// An event is one thing that a request does.
type event struct {
	*Request
	what    part
	revoked bool // the user's sessions were revoked while the request was to give the session a new token
}

// A part says which of the things that a request does an event is.
type part uint8

const (
	looks   part = iota
	changes      // something, or comes too late for that
	expires      // the new token, by a revocation that saw the session in the middle of its move
)

// events takes requests apart. What a request saw it saw at some moment, and what it changed it changed at a later one: for
// the model these are two, and both lie between the request's beginning and its end.
func events(requests []Request) []porcupine.Operation {
	var ops []porcupine.Operation
	for i := range requests {
		r := &requests[i]
		revoked := r.moves() && revokedDuring(requests, r)
		add := func(what part, end int64) {
			e := event{r, what, revoked}
			ops = append(ops, porcupine.Operation{ClientId: r.Client, Input: e, Call: int64(r.Start), Output: e, Return: end})
		}
		if r.Looked || r.Verdict == Gone {
			add(looks, int64(r.End))
		}
		switch {
		case r.Kind == Look, r.Verdict == Gone:
		case r.Verdict == Unknown:
			add(changes, never)
		default:
			add(changes, int64(r.End))
		}
		if revoked && r.Verdict == Done {
			add(expires, never)
		}
	}
	return ops
}

// moves reports whether the request is to give the session a new token.
func (r *Request) moves() bool { return r.Kind == Login || r.Kind == Renew }

// revokedDuring reports whether the user's sessions were revoked while r was under way.
func revokedDuring(requests []Request, r *Request) bool {
	return slices.ContainsFunc(requests, func(o Request) bool {
		return o.Kind == Revoke && o.User == r.User && o.Start <= r.End && (o.End >= r.Start || o.Verdict == Unknown)
	})
}

// never is the end of a request that may still have its effect. That it never has one is the same as having it last: then
// nobody sees it.
const never = 1 << 62

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
			case changes:
			}
			after, ok := before.after(e)
			return ok, after
		},
		DescribeOperation: func(input, _ any) string { return input.(event).String() },
	}
}

// shows reports whether the request could have found what it found.
func (s state) shows(r *Request) bool {
	here := s.begun && s.token == r.Token
	if r.Verdict == Gone {
		return !here
	}
	return here && s.content == r.Saw
}

// after returns the session after the request's change, and whether it could be answered as it was.
func (s state) after(e event) (state, bool) {
	r := e.Request
	here := s.begun && s.token == r.Token
	switch {
	case r.Kind == Begin:
		return state{begun: true, token: r.reached(), content: Content{User: r.User}}, !s.begun
	case r.Verdict == Ended:
		return s, !here || e.revoked // the revocation ends it, now or in a moment
	case r.Kind == Revoke && s.content.User != r.User:
		return s, true
	case r.Kind == Login && r.Verdict == Done && e.revoked && !here && s.revoked.token == r.Token:
		s.token, s.content = r.reached(), s.revoked.content
		s.content.User = r.User
		return s, true
	case r.Kind == Revoke:
		s.revoked.token, s.revoked.content = s.token, s.content
		s.token, s.content = 0, Content{}
		return s, true
	case here && (r.Kind == Logout || r.Kind == Clear):
		s.token, s.content = 0, Content{}
		return s, true
	case here:
		return s.changed(r), true
	case r.Verdict == Unknown, r.Kind == Logout, r.Kind == Clear, r.Kind == Login:
		return s, true // had no effect on this session; a login then begins another one
	}
	return s, false
}

// without returns the session after the end of a token.
func (s state) without(token Token) state {
	if s.token == token {
		s.token, s.content = 0, Content{}
	}
	return s
}

// changed returns the session, which is there, after a change that leaves it there.
func (s state) changed(r *Request) state {
	switch r.Kind {
	case Set:
		s.content.Values[r.Slot] = r.Value
	case Delete:
		s.content.Values[r.Slot] = 0
	case Count:
		s.content.Count++
	case Login:
		s.content.User, s.token = r.User, r.reached()
	case Renew:
		s.token = r.reached()
	case Begin, Look, Logout, Clear, Revoke:
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
	if e.what == looks {
		return fmt.Sprintf("%v..%v client %d, token %d: %s finds %+v (%s)", r.Start, r.End, r.Client, r.Token, r.Kind, r.Saw, r.Verdict)
	}
	return fmt.Sprintf("%v..%v client %d, token %d: %s slot %d value %d is %s, new token %d",
		r.Start, r.End, r.Client, r.Token, r.Kind, r.Slot, r.Value, r.Verdict, r.New)
}
