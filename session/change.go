package session

import (
	"bytes"
	"maps"
	"slices"
)

// A change is one operation of a handler on its session. Changes are applied at once to what the handler sees, and
// again, in their order, to a newer record where another request came first.
type change struct {
	op     op
	key    string
	user   string // of opLogin
	val    []byte
	modify func(old []byte, found bool) ([]byte, error)
}

type op uint8

const (
	opSet op = iota
	opDelete
	opModify
	opLogin
)

// apply makes the change to c, or none where it returns an error, and reports whether c is another now.
func (ch *change) apply(c *content, maxSize int) (changed bool, err error) {
	val := ch.val
	switch ch.op {
	case opDelete:
		before := len(c.values)
		c.values = c.values.without(ch.key)
		return len(c.values) < before, nil
	case opLogin:
		changed = c.user != ch.user
		c.user = ch.user
	case opModify:
		old, found := c.values.get(ch.key)
		if val, err = ch.modify(old, found); err != nil {
			return false, err
		}
	case opSet:
	}
	set, err := c.set(ch.key, val, maxSize)
	return changed || set, err
}

func (c *content) set(key string, val []byte, maxSize int) (changed bool, err error) {
	p, found := c.values.find(key)
	old := p.end - p.val
	if found && bytes.Equal(c.values[p.val:p.end], val) {
		return false, nil
	}
	if size := len(c.values) + len(key) + len(val) - old; size > maxSize && len(val) > old {
		return false, &SizeError{Key: key, Size: size, Max: maxSize}
	}
	c.values = c.values.withAt(p, key, val)
	return true, nil
}

// Set gives key a value. The value is encoded now: what the caller does with its own copy later changes nothing.
//
// Any value goes in that has a data form: scalars, []byte, time.Time, slices, maps with string keys, structs with their
// exported fields. One that has none (a channel, a function, a map that holds itself), or that makes the session larger
// than Options.MaxSize, fails the request with an error that names the key; the session keeps what it had.
//
// A changed value of a key in Options.RenewOn gives the session a new ID when it is stored, as Login does.
func (s *Session) Set(key string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.set(key, value) // fails the request
}

// Update sets every key of the map. It stores all of them or, where one cannot be stored, fails the request.
func (s *Session) Update(values map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		_ = s.set(key, values[key]) // fails the request
	}
}

// Delete removes key and its value, if it has one.
func (s *Session) Delete(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delete(key)
}

// Pop returns key's value and removes it; without a value it returns the default, or nil. Two requests that pop the same
// key at the same time may both get its value.
func (s *Session) Pop(key string, def ...any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.raw(key); ok {
		v, ok := s.decode(key, b)
		s.delete(key)
		if ok {
			return v
		}
	}
	if len(def) > 0 {
		return def[0]
	}
	return nil
}

func (s *Session) set(key string, value any) error {
	if err := checkKey(key); err != nil {
		return s.fail(err)
	}
	val, err := encodeValue(value, s.shortRoom())
	if err != nil {
		return s.fail(&ValueError{Key: key, Err: err})
	}
	return s.change(&change{op: opSet, key: key, val: val})
}

func (s *Session) delete(key string) {
	if _, found := s.raw(key); found {
		_ = s.change(&change{op: opDelete, key: key}) // fails the request
	}
}

// change applies a change and remembers it, or fails the request.
func (s *Session) change(ch *change) error {
	if err := s.load(); err != nil {
		return err
	}
	if s.late(ch.key) {
		return ErrFrozen
	}
	if slices.Contains(s.m.options.RenewOn, ch.key) {
		s.watch()
	}
	if err := s.apply(ch); err != nil {
		return s.fail(err)
	}
	w := s.work
	if w.changes == nil {
		w.changes = w.room[:0]
	}
	w.changes = append(w.changes, *ch)
	return nil
}

// apply makes a change to what the handler sees.
func (s *Session) apply(ch *change) error {
	w := s.part()
	changed, err := ch.apply(&s.content, s.m.options.MaxSize)
	w.dirty = w.dirty || changed
	return err
}

// part keeps what is needed of what was loaded, before the first change. Values are changed where they are, since they are
// the request's own, and a copy of them was a twelfth of what a change costs.
func (s *Session) part() *work {
	w := s.working()
	if !w.apart {
		w.loaded, w.sum, w.dirty, w.apart = content{user: s.user}, s.values.sum(), false, true
		if w.watched {
			w.loaded.values = slices.Clone(s.values)
		}
	}
	return w
}

// watch keeps the values before a watched key is changed for the first time.
func (s *Session) watch() {
	if w := s.part(); !w.watched && !w.adopting {
		w.loaded.values, w.watched = slices.Clone(s.values), true
	}
}

// shortRoom returns where a short value fits, for the first change: no other change has it.
func (s *Session) shortRoom() []byte {
	if w := s.working(); len(w.changes) == 0 {
		return w.short[:]
	}
	return nil
}

// checkKey refuses keys that cannot be set.
func checkKey(key string) error {
	switch {
	case key == "":
		return &KeyError{Key: key, Reason: "is empty: a key has one letter or more"}
	case isReserved(key):
		return &KeyError{Key: key, Reason: "begins with a NUL: such keys are reserved"}
	}
	return nil
}

// late reports, and logs, a change after the response has begun.
func (s *Session) late(what string) bool {
	if s.closed {
		s.m.observe.late(s.context(), what)
	}
	return s.closed
}

// fail makes err the one that the request fails with, where it is the first.
func (s *Session) fail(err error) error {
	if w := s.working(); w.err == nil {
		w.err = err
	}
	return err
}
