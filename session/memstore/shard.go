package memstore

import (
	"fmt"
	"sync"

	"github.com/proapi-go/proapi/session/store"
)

// A shard is the part of a store that one lock guards: the sessions whose keys begin with the same byte. Times are in
// microseconds since 1970.
type shard struct {
	mu     sync.RWMutex
	closed bool
	index  index
	arena  arena
	queue  queue
	bounds *bounds

	_ [64]byte // no shard's lock on a cache line with another's
}

func (s *shard) init(b *bounds) {
	s.bounds = b
	s.queue.arena = &s.arena
	s.index.resize(minTable)
}

func (s *shard) load(key *store.Key, now int64) (store.Record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.Record{}, fmt.Errorf("memstore: load: %w", ErrClosed)
	}
	e := s.live(s.find(key), now)
	switch {
	case e == nil:
		return store.Record{}, store.ErrNotFound
	case e.isTombstone():
		return store.Record{}, &store.DeletedError{At: e.time(atCreated)}
	}
	return e.record(), nil
}

func (s *shard) save(key *store.Key, rec *store.Record, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("memstore: save: %w", ErrClosed)
	}
	r := s.find(key)
	var version uint64
	if e := s.live(r, now); e != nil {
		if e.isTombstone() {
			return store.ErrConflict
		}
		version = e.version()
	}
	if version != rec.Version {
		return store.ErrConflict
	}
	expires := rec.Expires.UnixMicro()
	if expires <= now {
		s.drop(r)
		return nil
	}
	r, err := s.slot(key, r, entrySize(rec), expires)
	if err != nil {
		return err
	}
	s.arena.at(r).setRecord(rec)
	return nil
}

func (s *shard) delete(key *store.Key, until, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("memstore: delete: %w", ErrClosed)
	}
	r := s.find(key)
	if e := s.live(r, now); e != nil && e.isTombstone() {
		e.setExpires(max(until, e.expires()))
		return nil
	}
	if until <= now {
		s.drop(r)
		return nil
	}
	r, err := s.slot(key, r, tombstone, until)
	if err != nil {
		return err
	}
	s.arena.at(r).setTombstone(now, until)
	return nil
}

// sweep removes what has expired, looking at no more than the given number of entries, and reports whether there may be
// more.
func (s *shard) sweep(now int64, most int) (removed int, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range most {
		r, at := s.queue.next()
		if at > now {
			return removed, false
		}
		if e := s.arena.at(r); e.expired(now) {
			s.drop(r)
			removed++
		} else {
			s.queue.postpone(e.expires())
		}
	}
	return removed, true
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, c := range s.arena.classes {
		s.bounds.give(int64(c.used), int64(c.used)*int64(c.size+placeBytes))
	}
	s.index, s.arena, s.queue = index{}, arena{}, queue{}
}

// find returns where the key's entry is, 0 where there is none.
func (s *shard) find(key *store.Key) ref {
	tag := tagOf(key)
	for i := s.index.home(tag); ; i = s.index.next(i) {
		p := s.index.table[i]
		if p == 0 {
			return 0
		}
		if p.tag() == tag && *s.arena.at(p.ref()).key() == *key {
			return p.ref()
		}
	}
}

// live returns the entry at r, nil where there is none or it has expired.
func (s *shard) live(r ref, now int64) entry {
	if r == 0 {
		return nil
	}
	if e := s.arena.at(r); !e.expired(now) {
		return e
	}
	return nil
}

// slot returns a slot for the key's entry of the given size, to be filled in by the caller, and sees that the queue looks
// at it when it expires. r is where the key's entry was so far, 0 for a new one.
func (s *shard) slot(key *store.Key, r ref, size int, expires int64) (ref, error) {
	if size > maxEntry {
		return 0, fmt.Errorf("memstore: %w: a record of %d bytes, at most %d are possible", store.ErrFull, size, maxEntry)
	}
	class := classOf(size)
	switch {
	case r == 0:
		return s.insert(key, class, expires)
	case r.class() != class:
		moved, err := s.resize(r, class)
		if err != nil {
			return 0, err
		}
		r = moved
	}
	s.queue.hasten(r, expires)
	return r, nil
}

func (s *shard) insert(key *store.Key, class int, expires int64) (ref, error) {
	size, _ := slotSize(class)
	if err := s.bounds.take(1, int64(size+placeBytes)); err != nil {
		return 0, err
	}
	r := s.arena.alloc(class)
	*s.arena.at(r).key() = *key
	s.index.insert(tagOf(key), r)
	s.queue.push(r, expires)
	return r, nil
}

// resize moves an entry's key and place to a slot of another class.
func (s *shard) resize(old ref, class int) (ref, error) {
	from, _ := slotSize(old.class())
	to, _ := slotSize(class)
	if err := s.bounds.take(0, int64(to-from)); err != nil {
		return 0, err
	}
	r := s.arena.alloc(class)
	copy(s.arena.at(r), s.arena.at(old)[:tombstone])
	s.moved(old, r)
	s.free(old)
	return r, nil
}

// drop removes an entry, if there is one.
func (s *shard) drop(r ref) {
	if r == 0 {
		return
	}
	size, _ := slotSize(r.class())
	s.bounds.give(1, int64(size+placeBytes))
	s.index.remove(tagOf(s.arena.at(r).key()), r)
	s.queue.remove(r)
	s.free(r)
}

func (s *shard) free(r ref) {
	if moved := s.arena.free(r); moved != 0 {
		s.moved(moved, r)
	}
}

// moved tells index and queue that what was at old is at r.
func (s *shard) moved(old, r ref) {
	s.index.replace(tagOf(s.arena.at(r).key()), old, r)
	s.queue.move(r)
}
