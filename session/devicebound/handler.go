package devicebound

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// Where the endpoints are, below Options.Path.
const (
	registerAt = "/register"
	refreshAt  = "/refresh"
)

// Handler answers at the guard's own paths, and leaves the rest to next.
func (g *guard) Handler(next http.Handler, sessions func(*http.Request) binding.Session) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer func(http.ResponseWriter, *http.Request, binding.Session)
		switch r.URL.Path {
		case g.options.Path + registerAt:
			answer = g.register
		case g.options.Path + refreshAt:
			answer = g.refresh
		default:
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodPost {
			h.Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed)
			return
		}
		answer(w, r, sessions(r))
	})
}

// errOther ends a change of the state of a session that is bound otherwise, or not at all.
var errOther = errors.New("devicebound: another binding")

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }

// failed answers for an error of the engine's, and reports whether it was one. A session that changed a moment ago is not
// called over: the browser would forget the key of one that was only renewed. What else fails the engine answers for.
func failed(w http.ResponseWriter, err error) bool {
	if errors.Is(err, binding.ErrLate) {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable)
	}
	return err != nil
}

// grant gives the browser the bound cookie, and the next challenge with it, so that it need not ask before it proves itself
// again.
func (g *guard) grant(h http.Header, s *state, now time.Time) {
	g.cookie.set(h, s.id, now)
	offer(h, s.id, s.challenges[0])
}

// offer tells the browser what to sign next.
func offer(h http.Header, id nonce, c challenge) {
	h.Set("Secure-Session-Challenge", fmt.Sprintf(`"%s";id="%s"`, c.nonce.text(), id.text()))
}

// newChallenge returns a challenge that lasts until the cookie which the browser gets with it has long ended.
func (g *guard) newChallenge(now time.Time) challenge {
	return challenge{nonce: newNonce(), until: now.Add(g.challengeLife()).Unix()}
}

func (g *guard) challengeLife() time.Duration {
	return max(challengeLives*g.options.Lifetime, shortestChallenge)
}

// answerJSON answers with what the browser is to know of a session.
func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
