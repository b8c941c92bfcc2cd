package memstore

import (
	"fmt"
	"slices"
)

// Capacity returns the bytes that slabs, indexes and queues take, used or not.
func (s *Store) Capacity() int {
	total := 0
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.RLock()
		for _, c := range shard.arena.classes {
			total += c.room * c.size
		}
		total += (cap(shard.index.table)+cap(shard.users.table)+cap(shard.queue.at))*8 + cap(shard.queue.refs)*4
		shard.mu.RUnlock()
	}
	return total
}

// UserTag returns the tag by which a user's records are found.
func (s *Store) UserTag(user string) uint32 { return userTag(s.shards[0].seed, user) }

// Check returns what is inconsistent among the store's indexes, arenas, queues and counts, nil where nothing is. Nobody
// may save or delete meanwhile.
func (s *Store) Check() error {
	var records, bytes int64
	for i := range s.shards {
		n, b, err := s.shards[i].check()
		if err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
		records, bytes = records+n, bytes+b
	}
	if r, b := s.bounds.records.Load(), s.bounds.bytes.Load(); r != records || b != bytes {
		return fmt.Errorf("%d records and %d bytes are counted, %d and %d are there", r, b, records, bytes)
	}
	return nil
}

func (s *shard) check() (records, bytes int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	owned, ended := 0, 0
	for class := range s.arena.classes {
		c := &s.arena.classes[class]
		for n := range c.used {
			if err := s.checkEntry(newRef(class, n)); err != nil {
				return 0, 0, fmt.Errorf("class %d, slot %d: %w", class, n, err)
			}
			if s.owner(s.arena.at(newRef(class, n))) != 0 {
				owned++
			}
			ended += s.isTombstone(newRef(class, n))
		}
		records += int64(c.used)
		bytes += int64(c.used * (c.size + placeBytes))
	}
	bytes += int64(owned * userBytes)
	if owned != s.users.used {
		return 0, 0, fmt.Errorf("%d records have a user, %d are in the index by user", owned, s.users.used)
	}
	if ended != s.ended {
		return 0, 0, fmt.Errorf("%d tombstones, %d are counted", ended, s.ended)
	}
	if n := int(records); n != s.index.used || n != len(s.queue.at) || n != len(s.queue.refs) {
		return 0, 0, fmt.Errorf("%d entries, %d in the index, %d in the queue", n, s.index.used, len(s.queue.at))
	}
	for i, at := range s.queue.at {
		if s.queue.at[max(0, i-1)/children] > at {
			return 0, 0, fmt.Errorf("place %d of the queue is due before its parent", i)
		}
	}
	return records, bytes, nil
}

func (s *shard) checkEntry(r ref) error {
	e := s.arena.at(r)
	if found, _ := s.find(e.key()); found != r {
		return fmt.Errorf("the index does not find it")
	}
	if owner := s.owner(e); owner != 0 && !slices.Contains(s.users.appendRange(nil, owner.tag(), owner.tag()), owner) {
		return fmt.Errorf("the index by user does not find it")
	}
	if s.queue.refs[e.place()] != r {
		return fmt.Errorf("another is at its place in the queue")
	}
	if s.queue.at[e.place()] > e.expires() {
		return fmt.Errorf("the queue looks at it only after it has expired")
	}
	return nil
}
