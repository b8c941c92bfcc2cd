package memstore

import "math/bits"

// A ref is where an entry lies in its shard's arena: the class of the slot's size, and the slot's number among those of
// the class. No entry has the ref 0.
type ref uint32

const (
	numberBits = 25
	maxNumber  = 1<<numberBits - 1
)

func newRef(class, number int) ref {
	return ref(class<<numberBits | number) //nolint:gosec // 7 bits of class, and maxSessions keeps to 25 of number
}

func (r ref) class() int  { return int(r >> numberBits) }
func (r ref) number() int { return int(r & maxNumber) }

// Sizes of slots come in classes, four to each doubling: 80, 96, 112, 128, 160, 192, 224, 256, 320 and so on, so that a
// slot is less than a quarter longer than what it holds. Slots lie in slabs of 20, 24, 28 or 32 KiB, which the allocator
// has without waste, 256 in each for the smallest, half of that at each doubling, and one from 16 KiB on.
const (
	minBits  = 6  // the first classes are above 2^6 bytes: a tombstone is
	oneBits  = 14 // above 2^14 bytes a slab is one slot
	maxEntry = 1 << 30
)

// classOf returns the class whose slots hold size bytes, from 1 up.
func classOf(size int) int {
	doubling := bits.Len(uint(size-1)) - 1 // 2^doubling < size
	stepBits := doubling - 2
	return (doubling-minBits)*4 + (size-1-1<<doubling)>>stepBits + 1
}

// slotSize returns the size of a class's slots and how many of them, as a power of two, make a slab.
func slotSize(class int) (size, slabBits int) {
	doubling, step := minBits+(class-1)/4, 1+(class-1)%4
	return 1<<doubling + step<<(doubling-2), max(0, oneBits-doubling)
}

// An arena holds a shard's entries. Within a class they lie without gaps: the last takes the place of one that is freed.
// So memory is bounded by what is stored now, whatever was stored before.
type arena struct {
	classes []slots // by class
}

// at returns the slot of an entry. It is good until the next alloc or free.
func (a *arena) at(r ref) entry {
	c := &a.classes[r.class()]
	n := r.number()
	offset := (n & (1<<c.slabBits - 1)) * c.size
	return c.slabs[n>>c.slabBits][offset : offset+c.size]
}

// alloc returns a new slot of the class. What is in it is undefined.
func (a *arena) alloc(class int) ref {
	for class >= len(a.classes) {
		size, slabBits := slotSize(len(a.classes))
		a.classes = append(a.classes, slots{size: size, slabBits: slabBits})
	}
	c := &a.classes[class]
	if c.used == c.room {
		c.grow()
	}
	c.used++
	return newRef(class, c.used-1)
}

// free gives back a slot. Where that moved another entry, free returns its former ref: it is where r was now.
func (a *arena) free(r ref) (moved ref) {
	c := &a.classes[r.class()]
	last := c.used - 1
	if r.number() != last {
		moved = newRef(r.class(), last)
		if c.slabBits == 0 {
			c.slabs[r.number()], c.slabs[last] = c.slabs[last], c.slabs[r.number()]
		} else {
			copy(a.at(r), a.at(moved))
		}
	}
	c.used--
	c.trim()
	return moved
}

// slots are those of one class.
type slots struct {
	slabs          [][]byte
	used, room     int // in slots
	size, slabBits int
}

// grow makes room for one more. The last slab grows by and by, since a small store has 256 shards of some few sessions
// in each: the first in small steps, the others by quarters. Slabs are short, and so is copying one.
func (s *slots) grow() {
	perSlab, last := 1<<s.slabBits, len(s.slabs)-1
	if last < 0 || len(s.slabs[last]) == perSlab*s.size {
		s.slabs = append(s.slabs, nil)
		last++
	}
	old := s.slabs[last]
	has := len(old) / s.size
	step := has/4 + 1
	if last > 0 {
		step = max(1, perSlab/4)
	}
	step = min(step, perSlab-has)
	s.slabs[last] = make([]byte, len(old)+step*s.size)
	copy(s.slabs[last], old)
	s.room += step
}

// trim gives back the last slab when it is empty and the one before it no longer full: a number of sessions that goes up
// and down by a few should not allocate each time.
func (s *slots) trim() {
	perSlab, last := 1<<s.slabBits, len(s.slabs)-1
	left := s.room - len(s.slabs[last])/s.size
	if s.used == 0 || s.used <= left-perSlab/4 {
		s.slabs[last] = nil
		s.slabs = s.slabs[:last]
		s.room = left
	}
}
