package session

import (
	"iter"
	"strings"
	"sync"
	"time"
)

// A Session is what one visitor's requests share: named values and a lifetime. It belongs to one request, in which it
// may be used from several goroutines; what requests change at the same time is brought together when they are answered.
//
// Nothing has to be finished or saved by a handler. The first use loads the session; before the first byte of the
// response leaves, its changes are stored; where that fails, the client gets an error instead of the handler's answer.
//
// Methods without an error, Get for one, answer as an empty session would while the store is down; the request then
// fails with a 503, whatever the handler answers. What decides before a side effect asks something that can fail: Value,
// Err, or the middleware RequireUser.
type Session struct {
	m       *Manager
	request lazyContext // the handler's context

	mu       sync.Mutex
	phase    phase
	err      error // the first failure; the request fails with it
	token    token // the client's, if it has one that verifies
	hasToken bool
	presents bool // the client sent some cookie of the name
	used     bool // a handler looked at the session, so the response depends on the cookie

	id       ID     // of the session as it will be after this request; zero until it is needed
	key      Key    // of the record that was loaded
	rec      Record // as loaded; version 0 where nothing is stored
	loadedAt time.Time
	content       // what the handler sees: rec with the changes
	owned    bool // content's values are a copy, not rec's
	changes  []change
	room     [1]change // most requests change one value

	stale   bool // the client has, or may have, another session than this: store nothing, set no cookie
	renewed bool // a new ID is due
	cleared bool // the loaded record is to be deleted; what was changed since is a new session
	leaving bool // Destroy: and if nothing was changed since, the client forgets its cookie
	watched bool // a key of Options.RenewOn was changed

	moved   uint64 // version of the record stored under the new ID so far
	resend  bool   // the client's token needs to be issued anew
	wrote   bool   // the session was alive a moment ago: something was stored under its ID
	closed  bool   // the response has begun
	headers headerRoom
	loads   lazyContext
}

// A phase is how far a session has come in its request.
type phase uint8

const (
	unloaded phase = iota // nobody has asked for it
	ready                 // loaded, or new
	failed                // could not be loaded: every use finds it empty
)

// content is what a session holds for its user.
type content struct {
	user   string
	values values
}

// Get returns key's value, or the default, or nil.
//
// While the store is down it returns the default, and the request fails with a 503 whatever the handler answers: where
// a decision with a side effect hangs on the value, use [Value], or ask Err first.
//
// Values come back as bool, string, int (every integer that fits), float64, []byte, time.Time, []any, map[string]any or
// nil; a struct comes back as a map, and as itself with Value. What is returned is the caller's own copy.
func (s *Session) Get(key string, def ...any) any {
	if v, ok := s.Lookup(key); ok {
		return v
	}
	if len(def) > 0 {
		return def[0]
	}
	return nil
}

// Lookup returns key's value and whether there is one that can be decoded.
func (s *Session) Lookup(key string) (any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.raw(key)
	if !ok {
		return nil, false
	}
	return s.decode(key, b)
}

// Has reports whether key has a value.
func (s *Session) Has(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.raw(key)
	return ok
}

// Keys returns the keys, sorted.
func (s *Session) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil {
		return nil
	}
	var keys []string
	for e := range s.values.all() {
		if !isReserved(string(e.key)) {
			keys = append(keys, string(e.key))
		}
	}
	return keys
}

// Len returns the number of values.
func (s *Session) Len() int { return len(s.Keys()) }

// All yields the keys, sorted, and their values, as they are when it is called; a value that cannot be decoded is left
// out. The session may be changed meanwhile.
func (s *Session) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, key := range s.Keys() {
			if v, ok := s.Lookup(key); ok && !yield(key, v) {
				return
			}
		}
	}
}

// Err returns the error with which this request will fail: the store could not answer (ErrUnavailable), a value cannot
// be stored (a *ValueError or *SizeError), or there are no sessions here (ErrDisabled). It loads the session, so a nil
// says that what Get returns is what is stored.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.load()
	return s.err
}

// Used reports whether anything has asked for the session in this request, so that the response depends on it. It does
// not load it.
func (s *Session) Used() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// ID returns the session's ID. It changes when the session is renewed or cleared.
func (s *Session) ID() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil {
		return ID{}
	}
	return s.needID()
}

// IsNew reports whether nothing was stored for this visitor before this request.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load() != nil || s.rec.Version == 0 || s.cleared
}

// CreatedAt returns when the session began. For one that is new, that is now.
func (s *Session) CreatedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil || s.isNew() {
		return s.m.clock.now()
	}
	return s.rec.Created
}

// ExpiresAt returns when the session ends if no further request comes.
func (s *Session) ExpiresAt() time.Time {
	created := s.CreatedAt()
	return s.m.expiry(created, s.m.clock.now())
}

// raw returns key's value as it is stored.
func (s *Session) raw(key string) ([]byte, bool) {
	if s.load() != nil || isReserved(key) {
		return nil, false
	}
	return s.values.get(key)
}

// decode returns the value that b holds. One that cannot be decoded is logged, and fails alone.
func (s *Session) decode(key string, b []byte) (any, bool) {
	v, err := decodeValue(b)
	if err != nil {
		s.m.observe.undecodable(s.context(), key, err)
		return nil, false
	}
	return v, true
}

func (s *Session) isNew() bool { return s.rec.Version == 0 || s.cleared }

// needID makes the ID that the session will have, where it has none yet.
func (s *Session) needID() ID {
	if s.id.IsZero() {
		s.id = newID()
	}
	return s.id
}

// isReserved reports whether key is one of the engine's own.
func isReserved(key string) bool { return strings.HasPrefix(key, "\x00") }
