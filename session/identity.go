package session

import (
	"crypto/rand"
	"errors"
	"net/http"
	"time"
)

var errNoUser = errors.New("session: Login needs a user: to end the session call Logout")

// Login binds the session to a user, gives it a new ID and ends the old one, so that an ID which somebody planted or saw
// before is worth nothing (OWASP ASVS 5.0, 7.2.4). The values are kept. user is the application's own stable name of the
// account, such as its primary key; an empty one fails the request.
//
// MaxAge counts from the login: who has just shown who he is has all of it (NIST SP 800-63B-4, section 5.2).
func (s *Session) Login(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user == "" {
		_ = s.fail(errNoUser)
		return
	}
	val, err := encodeValue(s.m.clock.now().time(), nil)
	if err != nil {
		_ = s.fail(&ValueError{Key: "login", Err: err})
		return
	}
	if s.change(&change{op: opLogin, key: keyAuthenticated, user: user, val: val}) == nil {
		s.renew()
		s.note(keyLogin, rand.Text())
		s.recordClient()
	}
}

// UserID returns the user that Login bound the session to, or "".
func (s *Session) UserID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.load()
	return s.user
}

// Renew gives the session a new ID and keeps what it holds. The old ID is dead from the commit on. Call it when a
// visitor's rights change; Login, and a changed value of a key in Options.RenewOn, do it on their own.
func (s *Session) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() == nil && !s.late("renew") {
		s.renew()
	}
}

func (s *Session) renew() {
	if w := s.working(); !w.renewed && !w.cleared && !w.adopting {
		w.renewed = true
		s.identify()
	}
}

// Clear removes everything and ends the session under its ID: its record is deleted, and the old cookie is dead in
// every request that still holds it. What is set afterwards begins a new session, with a new ID.
func (s *Session) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear(false)
}

// Destroy ends the session, for good, in every request that holds it: the record is deleted, the client told to forget
// the cookie, and the old cookie refused. What is set afterwards begins a new session.
func (s *Session) Destroy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear(true)
}

// Logout ends the session as Destroy does.
func (s *Session) Logout() { s.Destroy() }

// clear drops what the session holds, and sees to it that what is stored of it goes. Where nothing is stored, only a
// client that leaves has something to end: its token.
func (s *Session) clear(leave bool) {
	if s.load() != nil || s.late("clear") {
		return
	}
	w := s.part()
	w.changes, w.watched, s.content = nil, false, content{}
	leave = leave || s.unproven
	w.leaving = w.leaving || leave
	if !w.cleared && (s.was.version > 0 || leave) {
		w.cleared, w.renewed = true, false
		s.identify()
	}
}

// RequireUser returns middleware that lets only requests through whose session has a user (Login). It loads the session
// before the handler runs: where the store is down, the client gets the 503 and the handler does not run. Others are
// handed to deny, or answered 401 where that is nil.
func RequireUser(deny http.Handler) func(http.Handler) http.Handler {
	return require(deny, func(s *Session) bool { return s.UserID() != "" })
}

// RequireRecentLogin returns middleware that lets only requests through whose user has logged in within maxAge, for what
// he must not be able to do with a session that somebody else found open: change his password, his address, his money
// (OWASP ASVS 5.0, 7.5.1). Others are handed to deny, which may ask for the password and call Login again, or answered 401
// where that is nil.
func RequireRecentLogin(maxAge time.Duration, deny http.Handler) func(http.Handler) http.Handler {
	return require(deny, func(s *Session) bool {
		return s.UserID() != "" && s.m.clock.now().since(at(s.AuthenticatedAt())) < maxAge
	})
}

// require returns middleware that lets only those requests through whose session is loaded and good enough.
func require(deny http.Handler, good func(s *Session) bool) func(http.Handler) http.Handler {
	if deny == nil {
		deny = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		})
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := From(r.Context())
			switch {
			case s.Err() != nil:
				w.WriteHeader(statusOf(s.Err())) // and the writer answers for the error
			case good(s):
				next.ServeHTTP(w, r)
			default:
				deny.ServeHTTP(w, r)
			}
		})
	}
}
