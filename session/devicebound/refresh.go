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
		g.ask(w, session, &s, now)
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
	var s state
	err := session.Update(func(kept binding.State) (binding.State, error) {
		var ok bool
		if s, ok = parseState(kept); !s.is(id.text(), ok) {
			return nil, errOther
		}
		if err := s.spend(signed, now); err != nil {
			return nil, err
		}
		s.offer(next)
		return s.encode(), nil
	})
	switch {
	case errors.Is(err, errOther): // a login came first
		terminate(w, id.text())
	case errors.Is(err, errSpent):
		session.Refuse(spentProof)
		g.ask(w, session, &s, now)
	case errors.Is(err, errEnded):
		g.ask(w, session, &s, now)
	case !failed(w, err):
		g.grant(w.Header(), &s, now)
		w.WriteHeader(http.StatusOK)
	}
}

// ask answers with a challenge to sign. As long as one is young it is that one again, so that who has the session's cookie
// alone cannot make the store write, nor use up the challenges of the device.
func (g *guard) ask(w http.ResponseWriter, session binding.Session, s *state, now time.Time) {
	young, id := now.Add(g.challengeLife()/2).Unix(), s.id
	if s.challenges[0].until <= young {
		fresh := g.newChallenge(now)
		err := session.Update(func(kept binding.State) (binding.State, error) {
			var ok bool
			if *s, ok = parseState(kept); !ok || !s.bound {
				return nil, errOther
			}
			if s.challenges[0].until <= young {
				s.offer(fresh)
			}
			return s.encode(), nil
		})
		if errors.Is(err, errOther) {
			terminate(w, id.text())
			return
		}
		if failed(w, err) {
			return
		}
	}
	offer(w.Header(), id, s.challenges[0])
	refuse(w, http.StatusForbidden)
}

// terminate makes the browser forget a binding whose session is over, or is another's.
func terminate(w http.ResponseWriter, id string) {
	answerJSON(w, struct {
		ID       string `json:"session_identifier"`
		Continue bool   `json:"continue"`
	}{ID: id})
}
