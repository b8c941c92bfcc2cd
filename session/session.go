package session

import (
	"iter"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
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
	m      *Manager
	http   *http.Request // the server's; nil where there is none
	ending lazyEnd       // of the handler's context
	began  moment        // when the request came

	mu sync.Mutex

	token // the client's, until there is a new ID; the key stays that of the record that was loaded

	phase     phase
	transport transport
	hasToken  bool // the client has one that verifies, which stands for this session
	sent      bool // the ID is the one in the client's token
	presents  bool // the client sent some cookie of the name
	stale     bool // the client has, or may have, another session than this: store nothing, set no cookie
	unproven  bool // it is stale because the request did not prove to come from the session's device
	exempt    bool // and need not, being to the guard's own endpoint
	resend    bool // the client's token needs to be issued anew
	due       bool // the time of the last use needs to be stored anew
	closed    bool // the response has begun: its final header has gone, or goes now
	refused   bool // the client gets an error, and nothing of the handler's

	was     stored // as loaded; version 0 where nothing is stored
	content        // what the handler sees: what was loaded, with the changes
	work    *work
}

// A phase is how far a session has come in its request.
type phase uint8

const (
	unloaded phase = iota // nobody has asked for it
	off                   // nor for this one, which can be asked for nothing
	ready                 // loaded, or new
	failed                // could not be loaded: every use finds it empty
)

// content is what a session holds for its user.
type content struct {
	user   string
	values values
}

// stored is what the engine keeps of a record besides its content.
type stored struct {
	version uint64
	created moment
}

func asStored(rec *direct.Record) stored {
	return stored{rec.Version, moment(rec.Created)}
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
	return s.failure()
}

// Used reports whether anything has asked for the session in its request, so that the response depends on it. It does
// not load it.
func Used(s *Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used()
}

// used reports whether a handler looked at the session, so that the response depends on the cookie.
func (s *Session) used() bool { return s.phase >= ready }

// ID returns the session's ID. It changes when the session is renewed or cleared.
func (s *Session) ID() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil {
		return ID{}
	}
	return s.needID()
}

// AuthenticatedAt returns when the user last logged in, the zero time where nobody has. Requests do not move it.
func (s *Session) AuthenticatedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil {
		return time.Time{}
	}
	return decoded[time.Time](s.values, keyAuthenticated)
}

// IsNew reports whether nothing was stored for this visitor before this request.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load() != nil || s.was.version == 0 || s.marked().cleared
}

// CreatedAt returns when the session began, by its first value or its last login. For one that is new, that is now.
func (s *Session) CreatedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil || s.begins() {
		return s.m.clock.now().time()
	}
	return s.was.created.time()
}

// ExpiresAt returns when the session ends if no further request comes.
func (s *Session) ExpiresAt() time.Time {
	created := s.CreatedAt()
	return s.m.expiry(at(created), s.m.clock.now()).time()
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

// begins reports whether the session begins with this request.
func (s *Session) begins() bool { return s.was.version == 0 || s.marked().cleared || s.authenticates() }

// needID makes the ID that the session will have, where it has none yet.
func (s *Session) needID() ID {
	if s.id.IsZero() {
		s.identify()
	}
	return s.id
}

// identify gives the session a new ID.
func (s *Session) identify() { s.id, s.sent = newID(), false }

// isReserved reports whether key is one of the engine's own.
func isReserved(key string) bool { return strings.HasPrefix(key, "\x00") }
