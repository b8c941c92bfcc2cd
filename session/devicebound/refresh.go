package devicebound

import (
	"errors"
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// longestID is the most that is looked at of the ID that a browser names, and said back to it.
const longestID = 64

// refresh gives the browser a new bound cookie for the proof that it is on the session's device: a challenge, signed with the
// key in the session's record. It needs the session's cookie, or its locator, and, which no script can send, the binding's ID.
func (g *guard) refresh(w http.ResponseWriter, r *http.Request, session binding.Session) {
	id := unquoted(r.Header.Get("Sec-Secure-Session-Id"))
	if id == "" || len(id) > longestID {
		refuse(w, http.StatusBadRequest)
		return
	}
	kept, now, err := session.State(g.locator.of(r))
	s, ok := parseState(kept)
	gone := errors.Is(err, binding.ErrGone) || err == nil && !s.is(id, ok)
	if gone {
		terminate(w, id)
		return
	}
	if failed(w, err) {
		return
	}
	p, given, err := readProof(r.Header)
	switch {
	case !given:
		g.ask(w, session, s.id, now)
	case err != nil || p.key != nil || !p.signedBy(&s.key):
		session.Refuse(badProof)
		refuse(w, http.StatusUnauthorized) // the browser forgets the binding
	default:
		g.take(w, session, p.challenge, s.id, now)
	}
}

// is reports whether this is the binding that the browser means.
func (s *state) is(id string, ok bool) bool { return ok && s.bound && s.id.text() == id }

// take spends the challenge that was signed, and grants a new cookie.
func (g *guard) take(w http.ResponseWriter, session binding.Session, signed, id nonce, now time.Time) {
	next := g.newChallenge(now)
	s, err := change(session, id, func(s *state) error {
		if err := s.spend(signed, now); err != nil {
			return err
		}
		s.offer(next)
		return nil
	})
	switch {
	case errors.Is(err, errSpent):
		session.Refuse(spentProof)
		g.ask(w, session, id, now)
	case errors.Is(err, errEnded):
		g.ask(w, session, id, now)
	case !failed(w, err):
		g.grant(w.Header(), &s, now)
		w.WriteHeader(http.StatusOK)
	}
}

// ask answers with a challenge to sign. As long as one is young it is that one again, so that who has the session's cookie
// alone cannot make the store write, nor use up the challenges of the device.
func (g *guard) ask(w http.ResponseWriter, session binding.Session, id nonce, now time.Time) {
	young, fresh := now.Add(g.challengeLife()/2).Unix(), g.newChallenge(now)
	s, err := change(session, id, func(s *state) error {
		if s.challenges[0].until <= young {
			s.offer(fresh)
		}
		return nil
	})
	if !failed(w, err) {
		offer(w.Header(), id, s.challenges[0])
		refuse(w, http.StatusForbidden)
	}
}

// change changes the state of a binding, and returns what it is then.
func change(session binding.Session, id nonce, do func(*state) error) (s state, err error) {
	err = session.Update(func(kept binding.State) (binding.State, error) {
		var ok bool
		if s, ok = parseState(kept); !ok || s.id != id {
			return nil, binding.ErrLate // a new login has a new session, so that this does not happen
		}
		err := do(&s)
		return s.encode(), err
	})
	return s, err
}

// terminate makes the browser forget a binding whose session is over, or is another's.
func terminate(w http.ResponseWriter, id string) {
	answerJSON(w, struct {
		ID       string `json:"session_identifier"`
		Continue bool   `json:"continue"`
	}{ID: id})
}
