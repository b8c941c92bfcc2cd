package devicebound

import (
	"errors"
	"net/http"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// instructions tell a browser what it has registered (https://www.w3.org/TR/dbsc-1/).
type instructions struct {
	ID          string       `json:"session_identifier"`
	RefreshURL  string       `json:"refresh_url"`
	Scope       scope        `json:"scope"`
	Credentials []credential `json:"credentials"`
	Initiators  []string     `json:"allowed_refresh_initiators"`
}

// A scope is where the browser sees to it that it has the cookie: this origin.
type scope struct {
	IncludeSite   bool  `json:"include_site"`
	Specification []any `json:"scope_specification"`
}

type credential struct {
	Type       string `json:"type"`
	Name       string `json:"name"`
	Attributes string `json:"attributes"`
}

// register takes the key of the device on which the user has just logged in. One login takes one key: who comes second with
// the session's cookie does not get it bound to his.
func (g *guard) register(w http.ResponseWriter, r *http.Request, session binding.Session) {
	_, now, err := session.State(g.locator.of(r))
	if errors.Is(err, binding.ErrGone) {
		refuse(w, http.StatusUnauthorized)
		return
	}
	if failed(w, err) {
		return
	}
	p, given, err := readProof(r.Header)
	if err != nil || !given || p.key == nil || !p.signedBy(p.key) {
		session.Refuse(badProof)
		refuse(w, http.StatusUnauthorized)
		return
	}
	fresh := state{bound: true, since: now, id: newNonce(), key: *p.key}
	fresh.offer(g.newChallenge(now))
	err = session.Update(func(kept binding.State) (binding.State, error) {
		s, ok := parseState(kept)
		if !ok || s.bound {
			return nil, errOther
		}
		return fresh.encode(), s.spend(p.challenge, now)
	})
	switch {
	case errors.Is(err, errOther):
		session.Refuse(secondDevice)
		refuse(w, http.StatusConflict)
	case errors.Is(err, errSpent), errors.Is(err, errEnded):
		session.Refuse(spentProof)
		refuse(w, http.StatusForbidden)
	case !failed(w, err):
		g.grant(w.Header(), &fresh, now)
		answerJSON(w, g.instructions(fresh.id))
	}
}

func (g *guard) instructions(id nonce) instructions {
	return instructions{
		ID:          id.text(),
		RefreshURL:  g.options.Path + refreshAt,
		Scope:       scope{Specification: []any{}},
		Credentials: []credential{{Type: "cookie", Name: g.cookie.name, Attributes: g.cookie.attributes}},
		Initiators:  g.options.RefreshInitiators,
	}
}
