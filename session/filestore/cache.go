package filestore

import (
	"container/list"
	"io/fs"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// defaultSettle is for how long a file must have been still when it is read to be kept in the cache: longer than the
// clock of file times takes for a tick (10 ms on Linux at 100 Hz, 16 ms on Windows).
const defaultSettle = 50 * time.Millisecond

const (
	cacheParts    = 16  // each with its own lock
	cacheOverhead = 700 // what an entry takes in memory besides its values and user: maps, list, FileInfo
)

// A cache keeps what was read from files, the least recently used given up first. The zero value keeps nothing.
type cache struct {
	limit int64 // bytes in one part
	parts [cacheParts]cachePart
}

type cachePart struct {
	mu      sync.Mutex
	bytes   int64
	entries map[store.Key]*list.Element // of cached
	recent  list.List                   // the most recently used first
}

type cached struct {
	key   store.Key
	info  fs.FileInfo
	entry entry
}

func (c *cached) size() int64 {
	return cacheOverhead + int64(len(c.entry.record.Values)) + int64(len(c.entry.record.User))
}

// part takes the second byte: the first has chosen the shard.
func (c *cache) part(key store.Key) *cachePart { return &c.parts[key[1]%cacheParts] }

// get returns what was read from the session's file, and what described it then, and nil where that is not kept. It is
// shared: nobody may change it.
func (c *cache) get(key store.Key) *cached {
	p := c.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	el := p.entries[key]
	if el == nil {
		return nil
	}
	p.recent.MoveToFront(el)
	return el.Value.(*cached)
}

// put keeps what was read from the file that had the given info before it was read.
func (c *cache) put(key store.Key, info fs.FileInfo, e entry) {
	kept := &cached{key: key, info: info, entry: e}
	if kept.size() > c.limit {
		return
	}
	p := c.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.entries[key]; old != nil {
		p.remove(old)
	}
	if p.entries == nil {
		p.entries = map[store.Key]*list.Element{}
	}
	p.entries[key] = p.recent.PushFront(kept)
	for p.bytes += kept.size(); p.bytes > c.limit; {
		p.remove(p.recent.Back())
	}
}

func (c *cache) drop(key store.Key) {
	p := c.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if el := p.entries[key]; el != nil {
		p.remove(el)
	}
}

func (p *cachePart) remove(el *list.Element) {
	kept := p.recent.Remove(el).(*cached)
	delete(p.entries, kept.key)
	p.bytes -= kept.size()
}

// settled reports whether the file had been still for so long at the given time that a later one cannot bear its times.
func settled(info fs.FileInfo, at time.Time, still time.Duration) bool {
	last := max(info.ModTime().UnixNano(), changeTime(info))
	return at.UnixNano()-last >= int64(still)
}
