package filestore

import (
	"sync"

	"github.com/proapi-go/proapi/session/store"
)

// maxWritten bounds what is remembered of a shard's files that is durable. What is forgotten costs a flush.
const maxWritten = 256

// written is what this process knows of the copies that it wrote into a shard's files, by the copies' numbers. The zero value
// knows nothing.
type written struct {
	mu     sync.Mutex
	copies map[store.Key]copied
}

type copied struct {
	number uint64
	state  copyState
}

type copyState uint8

const (
	pending copyState = iota // not flushed, as far as is known
	durable
	failed // the system has given it up: it says so once, and later that all is well; so the file is replaced
)

// note remembers what became of a copy, unless there is a newer one. What failed stays so until the file is replaced.
func (w *written) note(key store.Key, number uint64, state copyState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old, has := w.copies[key]
	if has && (old.number > number || old.state == failed) {
		return
	}
	if !has && len(w.copies) >= maxWritten {
		w.shrink()
	}
	if w.copies == nil {
		w.copies = map[store.Key]copied{}
	}
	w.copies[key] = copied{number, state}
}

// shrink forgets what is durable.
func (w *written) shrink() {
	for key, c := range w.copies {
		if c.state == durable {
			delete(w.copies, key)
		}
	}
}

// of returns what is known of the copy of the given number, which is the one that counts: what is known of a later one is of a
// file that was replaced meanwhile, unless it has failed.
func (w *written) of(key store.Key, number uint64) copyState {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, has := w.copies[key]
	switch {
	case has && c.state == failed:
		return failed
	case has && c.number == number:
		return c.state
	case has && c.number > number:
		delete(w.copies, key)
	}
	return pending
}

// forget is for a file that is gone, or was replaced.
func (w *written) forget(key store.Key) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.copies, key)
}

// undone returns the copies that are not durable yet.
func (w *written) undone() map[store.Key]copied {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[store.Key]copied{}
	for key, c := range w.copies {
		if c.state != durable {
			all[key] = c
		}
	}
	return all
}
