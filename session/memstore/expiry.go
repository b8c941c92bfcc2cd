package memstore

import "math"

// A queue knows what may have expired, oldest first, without looking at the rest: a heap with four children to a parent.
//
// It knows a time before which an entry does not expire, not always the one when it does. Sessions in use get a later
// Expires at each save; that leaves the queue as it is, and only when the earlier time has come the entry is looked at
// and queued anew. So a save costs the queue nothing, and an entry is in it once.
type queue struct {
	at    []int64 // by place: microseconds since 1970, not after the entry's expires
	refs  []ref   // by place; apart from at, since together they would take four bytes more
	arena *arena  // whose entries hold their place
}

const (
	children = 4
	minQueue = 64 // below this capacity a queue does not shrink
)

// push adds an entry that may expire at the given time.
func (q *queue) push(r ref, at int64) {
	q.at, q.refs = append(q.at, at), append(q.refs, r)
	q.up(len(q.at)-1, r, at)
}

// hasten makes sure that an entry that is about to expire at the given time, and not as it says, is not looked at later.
func (q *queue) hasten(r ref, at int64) {
	e := q.arena.at(r)
	if at >= e.expires() {
		return // without a look at the queue, which is seldom in the processor's cache
	}
	if i := int(e.place()); at < q.at[i] {
		q.up(i, r, at)
	}
}

// postpone queues the first entry anew, at a later time.
func (q *queue) postpone(at int64) { q.down(0, q.refs[0], at) }

// move lets an entry be known as r, where it now is.
func (q *queue) move(r ref) { q.refs[q.arena.at(r).place()] = r }

// remove forgets an entry.
func (q *queue) remove(r ref) {
	i := int(q.arena.at(r).place())
	n := len(q.at) - 1
	last, at := q.refs[n], q.at[n]
	q.at, q.refs = shorten(q.at), shorten(q.refs)
	switch {
	case i == n:
	case at < q.at[i]:
		q.up(i, last, at)
	default:
		q.down(i, last, at)
	}
}

// shorten takes the last off, and gives memory back when most of it is free.
func shorten[T any](list []T) []T {
	list = list[:len(list)-1]
	if cap(list) > minQueue && len(list) < cap(list)/4 {
		return append(make([]T, 0, cap(list)/2), list...)
	}
	return list
}

// next returns the first entry and when it may expire, at the end of time where there is none.
func (q *queue) next() (ref, int64) {
	if len(q.at) == 0 {
		return 0, math.MaxInt64
	}
	return q.refs[0], q.at[0]
}

// up puts an entry at i or, while it is due before its parent, at the parent's place.
func (q *queue) up(i int, r ref, at int64) {
	for i > 0 {
		parent := (i - 1) / children
		if q.at[parent] <= at {
			break
		}
		q.set(i, q.refs[parent], q.at[parent])
		i = parent
	}
	q.set(i, r, at)
}

// down puts an entry at i or, while a child is due before it, at the earliest child's place.
func (q *queue) down(i int, r ref, at int64) {
	for {
		first := children*i + 1
		if first >= len(q.at) {
			break
		}
		earliest := first
		for c := first + 1; c < min(first+children, len(q.at)); c++ {
			if q.at[c] < q.at[earliest] {
				earliest = c
			}
		}
		if q.at[earliest] >= at {
			break
		}
		q.set(i, q.refs[earliest], q.at[earliest])
		i = earliest
	}
	q.set(i, r, at)
}

func (q *queue) set(i int, r ref, at int64) {
	q.at[i], q.refs[i] = at, r
	q.arena.at(r).setPlace(uint32(i)) //nolint:gosec // maxSessions bounds it
}
