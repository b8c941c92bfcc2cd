package admin

import (
	"sync"
	"time"
)

// A sample is what was counted up to one moment.
type sample struct {
	at  time.Time
	seq uint64 // its number, from 0

	counters
	load, save []uint64 // calls of the store by how long they took; see session.Histogram

	sessions, bytes int64 // that the store holds; -1 where it cannot tell
	exact           bool  // sessions were counted, not estimated
	asked           bool  // the store was asked
	answered        time.Duration
	failed          bool // and could not answer
}

// counters only grow.
type counters struct {
	loads, commits, deletes, created, logins, logouts, revoked, expired, rejected, conflicts, ended, unavailable uint64
}

// A history is the last samples, as many as it has room for.
type history struct {
	bounds []time.Duration // of the histograms

	mu      sync.Mutex
	ring    []sample
	size    uint64
	next    uint64        // number of samples that there have been
	changed chan struct{} // closed with the next one
}

func newHistory(size int) *history {
	return &history{size: uint64(max(size, 1)), changed: make(chan struct{})}
}

// add adds a sample and forgets the oldest one.
func (h *history) add(s sample, bounds []time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.seq = h.next
	h.bounds = bounds
	if uint64(len(h.ring)) < h.size {
		h.ring = append(h.ring, s)
	} else {
		h.ring[h.next%h.size] = s
	}
	h.next++
	close(h.changed)
	h.changed = make(chan struct{})
}

// since returns the samples of the last d, oldest first, and a channel that is closed with the next one.
func (h *history) since(d time.Duration) (samples []sample, bounds []time.Duration, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := uint64(len(h.ring))
	for seq := h.next - n; seq < h.next; seq++ {
		s := h.ring[seq%h.size]
		if newest := h.ring[(h.next-1)%h.size].at; newest.Sub(s.at) <= d {
			samples = append(samples, s)
		}
	}
	return samples, h.bounds, h.changed
}
