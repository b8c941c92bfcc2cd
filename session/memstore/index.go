package memstore

import (
	"encoding/binary"
	"math"

	"github.com/proapi-go/proapi/session/store"
)

// An index finds a shard's entries: a table with open addressing and linear probing. It has a ref and four bytes of the
// key in each place, so that growing it, and most of looking in it, reads no entry.
//
// Keys are hashes, so the four bytes, read as a fraction of 2^32, are where in the table to begin. Any length of the
// table will do, and places keep their order when it grows: growing reads and writes from front to back.
type index struct {
	table []place
	used  int
}

// A place is a tag, the key's four bytes, above a ref; 0 is empty.
type place uint64

// minTable is the length of the smallest table.
const minTable = 8

func newPlace(tag uint32, r ref) place { return place(tag)<<32 | place(r) }
func (p place) tag() uint32            { return uint32(p >> 32) }
func (p place) ref() ref               { return ref(p & math.MaxUint32) }

// tagOf reads other bytes than the one that chooses the shard.
func tagOf(key *store.Key) uint32 { return binary.LittleEndian.Uint32(key[8:]) }

// home is where a tag's places begin.
func (x *index) home(tag uint32) int { return int(uint64(tag) * uint64(len(x.table)) >> 32) }

func (x *index) next(i int) int {
	if i++; i < len(x.table) {
		return i
	}
	return 0
}

// insert adds an entry.
func (x *index) insert(tag uint32, r ref) {
	if x.used >= len(x.table)/5*4 {
		x.resize(len(x.table) + len(x.table)/2 + minTable)
	}
	x.used++
	x.put(newPlace(tag, r))
}

func (x *index) put(p place) {
	i := x.home(p.tag())
	for x.table[i] != 0 {
		i = x.next(i)
	}
	x.table[i] = p
}

// replace lets the entry with the ref old be found at r.
func (x *index) replace(tag uint32, old, r ref) { x.table[x.find(tag, old)] = newPlace(tag, r) }

// remove forgets an entry. What stands behind it and had to make way for others moves up.
func (x *index) remove(tag uint32, r ref) {
	hole := x.find(tag, r)
	for i := x.next(hole); x.table[i] != 0; i = x.next(i) {
		if x.distance(x.home(x.table[i].tag()), i) >= x.distance(hole, i) {
			x.table[hole] = x.table[i]
			hole = i
		}
	}
	x.table[hole] = 0
	x.used--
	if len(x.table) > 4*minTable && x.used < len(x.table)/4 {
		x.resize(len(x.table) / 2)
	}
}

// find returns the place of an entry, which is in the table.
func (x *index) find(tag uint32, r ref) int {
	p, i := newPlace(tag, r), x.home(tag)
	for x.table[i] != p {
		i = x.next(i)
	}
	return i
}

// distance is how many steps it takes from one place to another.
func (x *index) distance(from, to int) int {
	if to < from {
		to += len(x.table)
	}
	return to - from
}

func (x *index) resize(n int) {
	old := x.table
	x.table = make([]place, n)
	for _, p := range old {
		if p != 0 {
			x.put(p)
		}
	}
}
