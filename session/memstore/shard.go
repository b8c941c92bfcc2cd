package memstore

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
	"github.com/proapi-go/proapi/session/store"
)

// A shard is the part of a store that one lock guards: the sessions whose keys begin with the same byte. Times are in
// microseconds since 1970.
type shard struct {
	mu     sync.RWMutex
	closed bool
	index  index // by key
	arena  arena
	queue  queue
	users  index // by user
	seed   maphash.Seed
	bounds *bounds
	ended  int // entries that are tombstones

	_ [64]byte // no shard's lock on a cache line with another's
}

func (s *shard) init(b *bounds, seed maphash.Seed) {
	s.bounds, s.seed = b, seed
	s.queue.arena = &s.arena
	s.index.resize(minTable)
}

// load reads the record under key into rec.
func (s *shard) load(key *store.Key, rec *direct.Record, now int64) error {
	s.mu.RLock()
	err := s.read(key, rec, now)
	s.mu.RUnlock()
	return err
}

func (s *shard) read(key *store.Key, rec *direct.Record, now int64) error {
	if s.closed {
		return fmt.Errorf("memstore: load: %w", ErrClosed)
	}
	_, e := s.find(key)
	switch {
	case !e.live(now):
		return store.ErrNotFound
	case e.isTombstone():
		return &store.DeletedError{At: time.UnixMicro(e.micros(atCreated)).UTC()}
	}
	e.record(rec)
	return nil
}

func (s *shard) save(key *store.Key, rec *direct.Record, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("memstore: save: %w", ErrClosed)
	}
	r, e := s.find(key)
	var version uint64
	if e.live(now) {
		if e.isTombstone() {
			return store.ErrConflict
		}
		version = e.version()
	}
	if version != rec.Version {
		return store.ErrConflict
	}
	if version > 0 && rec.Expires > now && r.class() == classOf(entrySize(rec)) && string(e.user()) == rec.User {
		s.queue.hasten(r, rec.Expires) // as put would, but for all that stays as it is
		e.setRecord(rec, version+1)
		return nil
	}
	return s.put(key, r, rec, version+1, now)
}

// add stores a record where there is none, with the version that it has.
func (s *shard) add(key *store.Key, rec *direct.Record, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("memstore: import: %w", ErrClosed)
	}
	r, e := s.find(key)
	if e.live(now) {
		return store.ErrConflict
	}
	return s.put(key, r, rec, rec.Version, now)
}

// put stores a record with the given version. r is where the key's entry was so far, 0 for a new one.
func (s *shard) put(key *store.Key, r ref, rec *direct.Record, version uint64, now int64) error {
	if rec.Expires <= now {
		s.drop(r)
		return nil
	}
	ended := s.isTombstone(r)
	r, err := s.slot(key, r, entrySize(rec), s.ownerPlace(rec.User, key), rec.Expires)
	if err != nil {
		return err
	}
	s.ended -= ended
	s.arena.at(r).setRecord(rec, version)
	return nil
}

func (s *shard) delete(key *store.Key, until, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("memstore: delete: %w", ErrClosed)
	}
	r, e := s.find(key)
	if e.live(now) && e.isTombstone() {
		e.setExpires(max(until, e.expires()))
		return nil
	}
	if until <= now {
		s.drop(r)
		return nil
	}
	ended := s.isTombstone(r)
	r, err := s.slot(key, r, tombstone, 0, until)
	if err != nil {
		return err
	}
	s.ended += 1 - ended
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
		if e := s.arena.at(r); !e.live(now) {
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
	s.bounds.give(0, int64(s.users.used)*userBytes)
	s.index, s.arena, s.queue, s.users, s.ended = index{}, arena{}, queue{}, index{}, 0
}

// find returns the key's entry and where it is, nil and 0 where there is none.
func (s *shard) find(key *store.Key) (ref, entry) {
	tag := tagOf(key)
	for i := s.index.home(tag); ; i = s.index.next(i) {
		p := s.index.table[i]
		if p == 0 {
			return 0, nil
		}
		if p.tag() != tag {
			continue
		}
		if e := s.arena.at(p.ref()); *e.key() == *key {
			return p.ref(), e
		}
	}
}

// isTombstone returns 1 for the entry of a tombstone, and 0 for that of a record and where there is none.
func (s *shard) isTombstone(r ref) int {
	if r == 0 || !s.arena.at(r).isTombstone() {
		return 0
	}
	return 1
}

// slot returns a slot for the key's entry of the given size and owner, to be filled in by the caller, and sees that the
// queue looks at it when it expires. r is where the key's entry was so far, 0 for a new one.
func (s *shard) slot(key *store.Key, r ref, size int, owner place, expires int64) (ref, error) {
	if size > maxEntry {
		return 0, fmt.Errorf("memstore: %w: a record of %d bytes, at most %d are possible", store.ErrFull, size, maxEntry)
	}
	class := classOf(size)
	if r == 0 {
		return s.insert(key, class, owner, expires)
	}
	old := s.owner(s.arena.at(r))
	if more := charge(class, owner) - charge(r.class(), old); more != 0 { // else nothing is touched that shards share
		if err := s.bounds.take(0, more); err != nil {
			return 0, err
		}
	}
	if r.class() != class {
		r = s.resize(r, class)
	}
	s.queue.hasten(r, expires)
	s.own(old, owner)
	return r, nil
}

// charge returns how many bytes count for an entry.
func charge(class int, owner place) int64 {
	size, _ := slotSize(class)
	if owner != 0 {
		size += userBytes
	}
	return int64(size + placeBytes)
}

func (s *shard) insert(key *store.Key, class int, owner place, expires int64) (ref, error) {
	if err := s.bounds.take(1, charge(class, owner)); err != nil {
		return 0, err
	}
	r := s.arena.alloc(class)
	*s.arena.at(r).key() = *key
	s.index.insert(newPlace(tagOf(key), uint32(r)))
	s.queue.push(r, expires)
	s.own(0, owner)
	return r, nil
}

// resize moves an entry's key, times and place to a slot of another class.
func (s *shard) resize(old ref, class int) ref {
	r := s.arena.alloc(class)
	copy(s.arena.at(r), s.arena.at(old)[:tombstone])
	s.moved(old, r)
	s.free(old)
	return r
}

// drop removes an entry, if there is one.
func (s *shard) drop(r ref) {
	if r == 0 {
		return
	}
	e := s.arena.at(r)
	owner := s.owner(e)
	s.bounds.give(1, charge(r.class(), owner))
	s.own(owner, 0)
	s.ended -= s.isTombstone(r)
	s.index.remove(newPlace(tagOf(e.key()), uint32(r)))
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
	tag := tagOf(s.arena.at(r).key())
	s.index.replace(newPlace(tag, uint32(old)), newPlace(tag, uint32(r)))
	s.queue.move(r)
}
