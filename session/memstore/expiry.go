package memstore

import "math"

// A queue knows what may have expired, oldest first, without looking at the rest: a heap with four children to a parent.
//
// It knows a time before which an entry does not expire, not always the one when it does. Sessions in use get a later
// Expires at each save; that leaves the queue as it is, and only when the earlier time has come the entry is looked at
// and queued anew. So a save costs the queue nothing, and an entry is in it once.
type queue struct {
	items []due
	arena *arena // whose entries hold their place in items
}

type due struct {
	at  int64 // in microseconds since 1970; not after the entry's expires
	ref ref
}

const (
	children = 4
	minQueue = 64 // below this capacity a queue does not shrink
)

// push adds an entry that may expire at the given time.
func (q *queue) push(r ref, at int64) {
	q.items = append(q.items, due{at, r})
	q.up(len(q.items)-1, due{at, r})
}

// hasten makes sure that an entry that is about to expire at the given time, and not as it says, is not looked at later.
func (q *queue) hasten(r ref, at int64) {
	e := q.arena.at(r)
	if at >= e.expires() {
		return // without a look at items, which is seldom in the processor's cache
	}
	if i := int(e.place()); at < q.items[i].at {
		q.up(i, due{at, r})
	}
}

// postpone queues the first entry anew, at a later time.
func (q *queue) postpone(at int64) { q.down(0, due{at, q.items[0].ref}) }

// move lets an entry be known as r, where it now is.
func (q *queue) move(r ref) { q.items[q.arena.at(r).place()].ref = r }

// remove forgets an entry.
func (q *queue) remove(r ref) {
	i := int(q.arena.at(r).place())
	n := len(q.items) - 1
	last := q.items[n]
	q.items = q.items[:n]
	if i < n {
		if last.at < q.items[i].at {
			q.up(i, last)
		} else {
			q.down(i, last)
		}
	}
	if cap(q.items) > minQueue && n < cap(q.items)/4 {
		q.items = append(make([]due, 0, cap(q.items)/2), q.items...)
	}
}

// next returns the first entry and when it may expire, at the end of time where there is none.
func (q *queue) next() (ref, int64) {
	if len(q.items) == 0 {
		return 0, math.MaxInt64
	}
	return q.items[0].ref, q.items[0].at
}

// up puts the item at i or, while it is due before its parent, at the parent's place.
func (q *queue) up(i int, item due) {
	for i > 0 {
		parent := (i - 1) / children
		if q.items[parent].at <= item.at {
			break
		}
		q.set(i, q.items[parent])
		i = parent
	}
	q.set(i, item)
}

// down puts the item at i or, while a child is due before it, at the earliest child's place.
func (q *queue) down(i int, item due) {
	for {
		first := children*i + 1
		if first >= len(q.items) {
			break
		}
		earliest := first
		for c := first + 1; c < min(first+children, len(q.items)); c++ {
			if q.items[c].at < q.items[earliest].at {
				earliest = c
			}
		}
		if q.items[earliest].at >= item.at {
			break
		}
		q.set(i, q.items[earliest])
		i = earliest
	}
	q.set(i, item)
}

func (q *queue) set(i int, item due) {
	q.items[i] = item
	q.arena.at(item.ref).setPlace(uint32(i)) //nolint:gosec // maxSessions bounds it
}
