package powercut

import (
	"bytes"
	"slices"
)

// sector is how many bytes a disk writes together: all of them, or none.
const sector = 512

// remembered is how many states of a file are kept: the durable one and the newest others.
const remembered = 8

// A content is what a file has held since it was last flushed: the durable state first, the newest last.
type content struct{ states []state }

// A state is what a file held after so many changes. Its data stays as it is.
type state struct {
	changes int
	data    []byte
}

// newContent returns the content of a file that is new: empty, which is durable.
func newContent() content { return content{states: []state{{}}} }

func (c *content) newest() state { return c.states[len(c.states)-1] }

// change makes an event that is about the file's data happen.
func (c *content) change(e Event) {
	was := c.newest()
	size, at := len(was.data), len(was.data)
	switch e.Op {
	case Append:
		size += len(e.Data)
	case WriteAt:
		at = e.Offset
		size = max(size, at+len(e.Data))
	case Truncate:
		size, at = e.Offset, 0
	}
	data := make([]byte, size)
	copy(data, was.data)
	copy(data[at:], e.Data)
	c.states = append(c.states, state{was.changes + 1, data})
	if len(c.states) > remembered {
		c.states = slices.Delete(c.states, 1, 2)
	}
}

// snapshot returns what makes durable what is there now. A flush that began later may be over sooner: then it does nothing.
func (c *content) snapshot() func() {
	durable := c.newest()
	return func() {
		if durable.changes <= c.states[0].changes {
			return
		}
		later := slices.DeleteFunc(c.states, func(s state) bool { return s.changes <= durable.changes })
		c.states = slices.Insert(later, 0, durable)
	}
}

// left returns what may be left: nothing of what was not flushed, all of it, or, in the middle, any mixture.
func (c *content) left(choose func(n int) int) []byte {
	if len(c.states) == 1 {
		return c.newest().data
	}
	switch choose(3) {
	case 0:
		return c.states[0].data
	case 1:
		return c.mixed(choose)
	}
	return c.newest().data
}

// mixed returns sectors of different ages: the system writes any of them back at any time, and the length too.
func (c *content) mixed(choose func(n int) int) []byte {
	data := make([]byte, c.length(choose))
	for at := 0; at < len(data); at += sector {
		versions := c.versions(at)
		copy(data[at:], versions[choose(len(versions))])
	}
	return data
}

// length returns one that the file had, or one on the way to the next.
func (c *content) length(choose func(n int) int) int {
	was := len(c.states[0].data)
	lengths := []int{was}
	for _, s := range c.states[1:] {
		if is := len(s.data); is != was {
			lengths = append(lengths, (was+is)/2, is)
			was = is
		}
	}
	return lengths[choose(len(lengths))]
}

// versions returns what a sector has held, the durable version first. It is zero where the file was shorter.
func (c *content) versions(at int) (all [][]byte) {
	for _, s := range c.states {
		v := make([]byte, sector)
		copy(v, s.data[min(at, len(s.data)):])
		if len(all) == 0 || !bytes.Equal(v, all[len(all)-1]) {
			all = append(all, v)
		}
	}
	return all
}
