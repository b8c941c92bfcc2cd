// Package binding is the seam between the engine and what binds its sessions to devices, which is package devicebound: the
// engine knows when a login, a request and a logout happen and keeps a few bytes with each session, and the other side
// knows what they mean. It is internal so that it can change with the draft that it serves.
package binding

import (
	"errors"
	"net/http"
	"time"
)

// A Binding is what session.Options take. It can be used for several Managers.
type Binding interface {
	// Open returns the Guard for a Manager's sessions, nil where nothing is to be bound, or everything that is wrong.
	Open(site Site) (Guard, error)
}

// A Site is what a Guard has to know of its Manager.
type Site struct {
	CookieName   string
	CookiePath   string
	CookieDomain string
	SameSite     http.SameSite
	MaxAge       time.Duration // of the session
	Secure       bool
	Partitioned  bool
	TokenHeader  bool // clients that are no browsers may send the token in a header
	Keys         []Key
}

// A Key is made for the binding from one of the Manager's secrets; the current secret's comes first.
type Key struct {
	ID     byte
	Secret []byte // 32 bytes
}

// A State is what is kept of a binding in the session's record. Its first byte tells the engine whether it is bound; the
// rest is the Guard's.
type State []byte

// Bound is the first byte of the State of a session whose device has registered.
const Bound = 1

// Bound reports whether a device has registered.
func (s State) Bound() bool { return len(s) > 0 && s[0] == Bound }

// A Claim is a session that a request is about to be given.
type Claim struct {
	State State // empty where nothing is kept
	User  bool  // somebody has logged in
	Now   time.Time
}

// A Guard is safe for concurrent use.
type Guard interface {
	// Begin returns the State of a new login.
	Begin(now time.Time) State

	// Check returns why the request, which is nil in a test, may not have the session, in a few fixed words, or "".
	Check(r *http.Request, c Claim) string

	// Answer adds to the header of a response what the browser is to know: after a login, whose State was just stored, how to
	// register; where a bound session got a new token, how to name it; with an empty State, that the session is over. The
	// locator is a text that names the session to Session.State, and is good for nothing else.
	Answer(r *http.Request, h http.Header, s State, locator string)

	// Handler returns next with the Guard's own endpoints before it. Sessions returns a request's session.
	Handler(next http.Handler, sessions func(r *http.Request) Session) http.Handler
}

// A Session is that of a request to one of the Guard's endpoints, which asks for the proof that other requests have to
// bring with them. Nothing is stored for such a request but what Update says, and no cookie of the session is set.
type Session interface {
	// State returns what is kept, and when the request came. A request that has no cookie of the session, since browsers
	// withhold it where another site is behind the request, is one of the session that the locator stands for. The error is
	// ErrGone, ErrLate, or one that the engine answers for.
	State(locator string) (State, time.Time, error)

	// Refuse records that the endpoint refuses the request, with the reason in a few fixed words.
	Refuse(reason string)

	// Update changes what is kept by compare-and-swap: change is run again where another request came first. It returns
	// change's error, or one of those of State.
	Update(change func(State) (State, error)) error
}

var (
	// ErrGone is the error of a session that there is not, or not any more.
	ErrGone = errors.New("binding: no session")

	// ErrLate is the error of a session that was renewed or ended a moment ago, while the request was on its way: nobody
	// knows which.
	ErrLate = errors.New("binding: the session changed a moment ago")
)
