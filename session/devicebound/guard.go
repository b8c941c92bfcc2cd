package devicebound

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// A guard binds the sessions of one Manager.
type guard struct {
	options Options
	cookie  cookie
	locator locator
}

func newGuard(o Options, site *binding.Site) *guard {
	return &guard{options: o, cookie: newCookie(site, o.Lifetime), locator: newLocator(site, o.Path)}
}

const (
	registrationLife  = 5 * time.Minute // how long after a login a device may register
	challengeLives    = 2               // for how many lives of the cookie a challenge may be signed
	shortestChallenge = 5 * time.Minute // and for how long at the least
)

// Begin returns the state of a login, with the challenge for its device.
func (g *guard) Begin(now time.Time) binding.State {
	s := state{since: now}
	s.offer(challenge{nonce: newNonce(), until: now.Add(registrationLife).Unix()})
	return s.encode()
}

// Why a request may not have a session. The texts stand in logs and audit events.
const (
	notRegistered = "device: not registered"
	noProof       = "device: no proof"
	unreadable    = "device: unreadable binding"
	badProof      = "device: bad proof"
	spentProof    = "device: proof of a spent challenge"
	secondDevice  = "device: second registration"
)

// Check asks for the bound cookie where the session is bound.
func (g *guard) Check(r *http.Request, c binding.Claim) string {
	required := g.options.Policy == Require
	if len(c.State) == 0 {
		if required && c.User {
			return notRegistered
		}
		return ""
	}
	s, ok := parseState(c.State)
	switch {
	case !ok:
		return unreadable
	case c.Now.Sub(s.since) < g.options.Grace:
	case !s.bound && required:
		return notRegistered
	case !s.bound:
	case r == nil:
		return noProof
	case !g.cookie.proves(r, s.id, c.Now):
		return skipped(r)
	}
	return ""
}

// skipped returns why there is no proof, as far as the browser says. Anybody can say so: it is for the log alone.
func skipped(r *http.Request) string {
	reason, _, _ := strings.Cut(r.Header.Get("Secure-Session-Skipped"), ";")
	switch reason {
	case "quota_exceeded", "signing_quota_exceeded":
		return noProof + ", quota exceeded"
	case "server_error":
		return noProof + ", server error"
	case "unreachable":
		return noProof + ", unreachable"
	}
	return noProof
}

// Answer tells the browser where to register, and how to name the session there; or to forget its cookies at the session's end.
func (g *guard) Answer(r *http.Request, h http.Header, kept binding.State, located string) {
	s, ok := parseState(kept)
	if !ok {
		if r != nil && len(r.CookiesNamed(g.cookie.name)) > 0 {
			g.cookie.expire(h)
			g.locator.expire(h)
		}
		return
	}
	if !s.bound {
		h.Set("Secure-Session-Registration",
			fmt.Sprintf(`(ES256);path="%s";challenge="%s"`, g.options.Path+registerAt, s.challenges[0].nonce.text()))
	}
	g.locator.set(h, located)
}
