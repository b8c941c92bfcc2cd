package session

import (
	"reflect"
)

// Value returns key's value as a T: a scalar, a slice, a map or a struct of yours. It is the way to read what decides
// before a side effect, because it tells apart what Get cannot. The errors: a *KeyError where the key is not set, a
// *TypeError where the value is not a T or no longer decodes as one, and the session's own failure (ErrUnavailable,
// ErrDisabled) where it could not be loaded.
//
//	cart, err := session.Value[Cart](s, "cart")
func Value[T any](s *Session, key string) (T, error) {
	var fast T
	if s.read(key, &fast) {
		return fast, nil
	}
	return value[T](s, key)
}

// value is Value for what read does not read.
func value[T any](s *Session, key string) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var zero T
	if err := s.load(); err != nil {
		return zero, err
	}
	b, ok := s.raw(key)
	if !ok {
		return zero, &KeyError{Key: key, Reason: "is not set"}
	}
	v, err := decodeAs[T](b)
	if err != nil {
		return zero, &TypeError{Key: key, Want: reflect.TypeFor[T](), Err: err}
	}
	return v, nil
}

// read reads key's value into what p points to, and reports whether there is one and it is of a usual type. No user's code
// runs meanwhile, so that it does without defer.
func (s *Session) read(key string, p any) bool {
	s.mu.Lock()
	if s.phase == unloaded {
		s.loadFirst()
	}
	done := false
	if s.phase == ready && !isReserved(key) {
		if b, found := s.values.get(key); found {
			rest, ok := readInto(b, p)
			done = ok && len(rest) == 0
		}
	}
	s.mu.Unlock()
	return done
}

// loadFirst is load, which gives the lock back should the store panic.
func (s *Session) loadFirst() {
	loaded := false
	defer func() {
		if !loaded {
			s.mu.Unlock()
		}
	}()
	_ = s.load()
	loaded = true
}

// Modify changes key's value by what it was: a counter, a cart, a list. An absent key begins with T's zero value. Where
// another request changes the session at the same time, update is run again on the newest value, so that no increment is
// lost; it must have no other effect, and must not use the session. The error, a *TypeError, *ValueError or *SizeError or
// the session's own failure, fails the request too, so it need not be looked at.
//
//	_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
func Modify[T any](s *Session, key string, update func(old T) T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := checkKey(key); err != nil {
		return s.fail(err)
	}
	return s.change(&change{op: opModify, key: key, modify: func(b []byte, found bool) ([]byte, error) {
		return modified(key, b, found, update, s.shortRoom())
	}})
}

// modified returns the bytes of the value that update makes of the one in b, in the room where they fit there.
func modified[T any](key string, b []byte, found bool, update func(T) T, room []byte) ([]byte, error) {
	var old T
	if found {
		var err error
		if old, err = decodeAs[T](b); err != nil {
			return nil, &TypeError{Key: key, Want: reflect.TypeFor[T](), Err: err}
		}
	}
	val, err := encodeValue(update(old), room)
	if err != nil {
		return nil, &ValueError{Key: key, Err: err}
	}
	return val, nil
}
