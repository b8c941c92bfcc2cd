package memstore

import (
	"encoding/binary"
	"math"

	"github.com/proapi-go/proapi/session/store"
)

// An index finds things by a tag of four bytes: a table with open addressing and linear probing. What it finds, four
// bytes as well, stands beside the tag, so that growing it, and most of looking in it, reads no entry.
//
// Tags are evenly spread, so a tag, read as a fraction of 2^32, is where in the table to begin. Any length of the table
// will do, and places keep their order when it grows: growing reads and writes from front to back. An index in which
// there never was anything has no table.
type index struct {
	table []place
	used  int
}

// A place is a tag above what it finds; 0 is empty.
type place uint64

// minTable is the length of the smallest table.
const minTable = 8

func newPlace(tag, found uint32) place { return place(tag)<<32 | place(found) }
func (p place) tag() uint32            { return uint32(p >> 32) }
func (p place) found() uint32          { return uint32(p & math.MaxUint32) }
func (p place) ref() ref               { return ref(p.found()) }

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

// appendRange appends the places with the tags from first to last. They lie between first's home and the first empty
// place behind last's, whatever came and went.
func (x *index) appendRange(places []place, first, last uint32) []place {
	if x.used == 0 {
		return places
	}
	i, homes := x.home(first), x.home(last)-x.home(first)
	for n := 0; n < len(x.table) && (n <= homes || x.table[i] != 0); n++ {
		if tag := x.table[i].tag(); x.table[i] != 0 && first <= tag && tag <= last {
			places = append(places, x.table[i])
		}
		i = x.next(i)
	}
	return places
}

// insert adds a place. There is always an empty one behind.
func (x *index) insert(p place) {
	if x.used >= len(x.table)/5*4 {
		x.resize(len(x.table) + len(x.table)/2 + minTable)
	}
	x.used++
	x.put(p)
}

func (x *index) put(p place) {
	i := x.home(p.tag())
	for x.table[i] != 0 {
		i = x.next(i)
	}
	x.table[i] = p
}

// replace lets a tag find something else.
func (x *index) replace(old, p place) { x.table[x.find(old)] = p }

// remove forgets a place. What stands behind it and had to make way for others moves up.
func (x *index) remove(p place) {
	hole := x.find(p)
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

// find returns where in the table a place is that is there.
func (x *index) find(p place) int {
	i := x.home(p.tag())
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
