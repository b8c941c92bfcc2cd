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
// slot is less than a quarter longer than what it holds. Slots lie in slabs of 80, 96, 112 or 128 KiB, which the
// allocator has without waste, 1024 in each for the smallest, half of that at each doubling, and one from 64 KiB on. What
// a collection of the garbage costs grows with the number of slabs; copying one takes some 10 microseconds.
const (
	minBits  = 6  // the first classes are above 2^6 bytes: a tombstone is
	oneBits  = 16 // above 2^16 bytes a slab is one slot
	maxEntry = 1 << 30
	page     = 8 << 10
)

// classOf returns the class whose slots hold size bytes, from 1 up.
func classOf(size int) int {
	doubling := bits.Len(uint(size-1)) - 1 // 2^doubling < size
	stepBits := doubling - 2
	return (doubling-minBits)*4 + (size-1-1<<doubling)>>stepBits + 1
}

// slotSize returns the size of a class's slots and how many of them, as a power of two, make a slab.
func slotSize(class int) (size int, slabBits uint) {
	doubling, step := minBits+(class-1)/4, 1+(class-1)%4
	return 1<<doubling + step<<(doubling-2), uint(max(0, oneBits-doubling))
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
	slabs      [][]byte
	used, room int // in slots
	size       int
	slabBits   uint
}

// grow makes room for one more: an eighth of what the first slab has, an eighth of each slab behind it, more where there
// are many, and a whole one from the seventeenth on. For a small store has 256 shards of some few sessions each, and in a
// large one nothing should be copied. With a sixteenth a store took five percent less at the most, and a new session was
// copied twice as often.
func (s *slots) grow() {
	perSlab, last := 1<<s.slabBits, len(s.slabs)-1
	if last < 0 || s.lastHas() == perSlab {
		s.slabs = append(s.slabs, nil)
		last++
	}
	has := s.lastHas()
	step := has/8 + 1
	if last > 0 {
		step = max(1, perSlab/8, perSlab/16*last)
	}
	bytes := (has + step) * s.size
	if bytes > 4*page { // from where on the allocator has whole pages only
		bytes = (bytes + page - 1) / page * page
	}
	s.setLast(min(bytes/s.size, perSlab))
}

// trim gives back the last slab when it is empty and the one before it no longer full, and half of the only one when most
// of it is empty: a number of sessions that goes up and down by a few should not allocate each time.
func (s *slots) trim() {
	perSlab, last := 1<<s.slabBits, len(s.slabs)-1
	switch left := s.room - s.lastHas(); {
	case s.used == 0, s.used <= left-perSlab/4:
		s.slabs[last] = nil
		s.slabs = s.slabs[:last]
		s.room = left
	case last == 0 && s.used < s.room/4:
		s.setLast(s.room / 2)
	}
}

// lastHas returns how many slots the last slab has.
func (s *slots) lastHas() int { return len(s.slabs[len(s.slabs)-1]) / s.size }

// setLast gives the last slab the given number of slots.
func (s *slots) setLast(n int) {
	last := &s.slabs[len(s.slabs)-1]
	s.room += n - s.lastHas()
	slab := make([]byte, n*s.size)
	copy(slab, *last)
	*last = slab
}
