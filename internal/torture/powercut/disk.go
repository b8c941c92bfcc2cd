package powercut

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A Disk is what a file system holds below one directory, with what it would still hold after a cut.
type Disk struct {
	root  string
	top   *node
	files map[int]*node     // by opening: what its descriptor is of
	syncs map[string]func() // by thread: what the end of a flush makes durable
}

// A node is a file or a directory.
type node struct {
	content // of a file

	names map[string]*name // of a directory; nil for a file
}

// A name is what one has stood for since it was last flushed, the durable one first. A nil node is none.
type name struct{ nodes []*node }

// NewDisk returns the disk of a directory that is empty and durable.
func NewDisk(root string) *Disk {
	return &Disk{root: path.Clean(root), top: newDirectory(), files: map[int]*node{}, syncs: map[string]func(){}}
}

func newDirectory() *node { return &node{names: map[string]*name{}} }

// Apply makes an event happen. Events outside the directory do nothing.
func (d *Disk) Apply(e Event) {
	switch e.Op {
	case Create:
		if parent, base := d.parent(e.Path); parent != nil && parent.now(base) == nil {
			parent.point(base, &node{content: newContent()})
		}
	case Mkdir:
		if parent, base := d.parent(e.Path); parent != nil {
			parent.point(base, newDirectory())
		}
	case Append, WriteAt, Truncate:
		if n := d.file(e); n != nil {
			n.change(e)
		}
	case Rename:
		from, old := d.parent(e.Path)
		to, base := d.parent(e.To)
		if from != nil && to != nil {
			to.point(base, from.now(old))
			from.point(old, nil)
		}
	case Remove:
		if parent, base := d.parent(e.Path); parent != nil {
			parent.point(base, nil)
		}
	case SyncBegin:
		d.syncs[e.Thread] = d.file(e).snapshot()
	case SyncEnd:
		if flush := d.syncs[e.Thread]; flush != nil {
			flush()
		}
		delete(d.syncs, e.Thread)
	case Say:
	}
}

// file returns what the descriptor of a call is of. Where that has no path any more, because something else was given its
// name, an earlier call through the same opening had it: the name may still stand for it after a cut.
func (d *Disk) file(e Event) *node {
	if e.Path != "" {
		d.files[e.File] = d.find(e.Path)
	}
	return d.files[e.File]
}

// find returns what a path stands for now, nil for nothing.
func (d *Disk) find(p string) *node {
	rest, ok := strings.CutPrefix(path.Clean(p), d.root)
	if !ok {
		return nil
	}
	n := d.top
	for part := range strings.SplitSeq(strings.TrimPrefix(rest, "/"), "/") {
		if part == "" {
			continue
		}
		if n == nil || n.names == nil {
			return nil
		}
		n = n.now(part)
	}
	return n
}

func (d *Disk) parent(p string) (n *node, base string) {
	if !strings.HasPrefix(p, d.root+"/") {
		return nil, ""
	}
	n = d.find(path.Dir(p))
	if n == nil || n.names == nil {
		return nil, ""
	}
	return n, path.Base(p)
}

// now returns what a name of the directory stands for.
func (n *node) now(base string) *node {
	if e := n.names[base]; e != nil {
		return e.nodes[len(e.nodes)-1]
	}
	return nil
}

// point makes a name of the directory stand for something else.
func (n *node) point(base string, to *node) {
	if n.names[base] == nil {
		n.names[base] = &name{nodes: []*node{nil}}
	}
	n.names[base].nodes = append(n.names[base].nodes, to)
}

// snapshot returns what makes durable what is there now.
func (n *node) snapshot() func() {
	if n == nil {
		return nil
	}
	if n.names == nil {
		return n.content.snapshot()
	}
	last := map[*name]*node{}
	for _, e := range n.names {
		last[e] = e.nodes[len(e.nodes)-1]
	}
	return func() {
		for e, durable := range last {
			for i := range e.nodes {
				if e.nodes[i] == durable && i > 0 {
					e.nodes = e.nodes[i:]
					break
				}
			}
		}
	}
}

// An Image is what a disk holds after a cut: files by their paths below the directory, and directories with a slash at the
// end.
type Image map[string][]byte

// Crash returns what may be left. choose(n) is asked for a number below n wherever it may be one of several things: 0 is
// what was flushed, n-1 what there was at last.
func (d *Disk) Crash(choose func(n int) int) Image {
	image := Image{}
	d.top.crash("", choose, image)
	return image
}

func (n *node) crash(at string, choose func(n int) int, image Image) {
	if n.names == nil {
		image[at] = n.left(choose)
		return
	}
	if at != "" {
		image[at+"/"] = nil
	}
	for base, e := range n.names {
		if left := e.nodes[choose(len(e.nodes))]; left != nil {
			left.crash(path.Join(at, base), choose, image)
		}
	}
}

// Restore writes the image into a directory that is empty or not there.
func (i Image) Restore(directory string) error {
	err := os.MkdirAll(directory, 0o700)
	for at, data := range i {
		p := filepath.Join(directory, filepath.FromSlash(at))
		if strings.HasSuffix(at, "/") {
			err = errors.Join(err, os.MkdirAll(p, 0o700))
			continue
		}
		err = errors.Join(err, os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, data, fs.FileMode(0o600)))
	}
	return err
}
