package session

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
)

// Each flash has a key of its own, in the order of time, so that requests which add and take flashes at the same time
// neither lose nor repeat one of another's.
const keyFlash = "\x00flash"

// AddFlash keeps a message for the next request that asks for it, such as "Saved." across a redirect.
func (s *Session) AddFlash(message any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	val, err := encodeValue(message, nil)
	if err != nil {
		_ = s.fail(&ValueError{Key: "flash", Err: err})
		return
	}
	var name [14]byte
	binary.BigEndian.PutUint64(name[:], uint64(s.m.clock.now()))   //nolint:gosec // not negative since 1970
	binary.BigEndian.PutUint16(name[8:], uint16(len(s.changes()))) //nolint:gosec // orders one request's
	_, _ = rand.Read(name[10:])
	_ = s.change(&change{op: opSet, key: keyFlash + string(name[:]), val: val}) // fails the request
}

// Flashes returns the messages that were added, the oldest first, and removes them.
func (s *Session) Flashes() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil {
		return nil
	}
	var keys []string
	var messages []any
	for e := range s.values.all() {
		if key := string(e.key); strings.HasPrefix(key, keyFlash) {
			keys = append(keys, key)
			if v, ok := s.decode("flash", e.val); ok {
				messages = append(messages, v)
			}
		}
	}
	for _, key := range keys {
		_ = s.change(&change{op: opDelete, key: key}) // fails the request
	}
	return messages
}
