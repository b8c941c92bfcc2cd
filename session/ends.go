package session

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// ends are the sessions of which somebody waits for the end. While there are any, a goroutine looks after them: it hears
// from the store, where that tells, and looks at the records once a second, where it does not.
type ends struct {
	mu      sync.Mutex
	waiting map[Key]*waiter
	stop    context.CancelFunc // of the goroutines; nil while nobody waits
	running sync.WaitGroup

	heard atomic.Int64 // which of the connections over which the store tells stands; 0 for none
}

// A waiter is one session of which somebody waits for the end.
type waiter struct {
	ended   chan struct{}
	users   int
	expires moment // as it was last seen
}

const (
	lookInterval  = time.Second // how often sessions are looked at
	reconnectWait = time.Second // before a store is asked again to tell
)

// wait begins to wait for the end of the session under key. It is given up with leave.
func (e *ends) wait(m *Manager, key Key) *waiter {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.waiting[key]
	if w == nil {
		w = &waiter{ended: make(chan struct{})}
		if e.waiting == nil {
			e.waiting = make(map[Key]*waiter)
		}
		e.waiting[key] = w
	}
	w.users++
	if e.stop == nil {
		e.start(m)
	}
	return w
}

// leave gives up waiting.
func (e *ends) leave(key Key, w *waiter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w.users--; w.users == 0 && e.waiting[key] == w {
		delete(e.waiting, key)
		e.rest()
	}
}

// tell closes the channels of those who wait for the session's end.
func (e *ends) tell(key Key) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.waiting[key]; w != nil {
		close(w.ended)
		delete(e.waiting, key)
		e.rest()
	}
}

// close ends the goroutines, and waits for them.
func (e *ends) close() {
	e.mu.Lock()
	clear(e.waiting)
	e.rest()
	e.mu.Unlock()
	e.running.Wait()
}

// start starts the goroutines.
func (e *ends) start(m *Manager) {
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.running.Go(func() { e.look(ctx, m) })
	if n, ok := m.store.(Notifier); ok {
		e.running.Go(func() { e.listen(ctx, n) })
	}
}

// rest ends the goroutines where nobody waits any more.
func (e *ends) rest() {
	if len(e.waiting) == 0 && e.stop != nil {
		e.stop()
		e.stop = nil
	}
}

// listen hears from the store of every session that ends.
func (e *ends) listen(ctx context.Context, n Notifier) {
	defer e.heard.Store(0)
	for connection := int64(1); ctx.Err() == nil; connection++ {
		_ = n.Watch(ctx, func() { e.heard.Store(connection) }, e.tell) // look goes on meanwhile
		e.heard.Store(0)
		select {
		case <-time.After(reconnectWait):
		case <-ctx.Done():
		}
	}
}

// look looks at the sessions once a second: at all of them where the store has not told of each that ended since the
// last time, or everybody's were revoked; else at those that should have expired.
func (e *ends) look(ctx context.Context, m *Manager) {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	var heard, cut int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_, _ = m.epoch.get(ctx, m.store, m.clock.now()) // where it fails, it is asked for again
		heardNow, cutNow := e.heard.Load(), m.epoch.cut.Load()
		e.lookAt(ctx, m, heardNow == 0 || heardNow != heard || cutNow != cut)
		heard, cut = heardNow, cutNow
	}
}

func (e *ends) lookAt(ctx context.Context, m *Manager, all bool) {
	e.mu.Lock()
	waiting := maps.Clone(e.waiting)
	e.mu.Unlock()
	now := m.clock.now()
	for key, w := range waiting {
		if ctx.Err() != nil {
			return
		}
		if all || now >= w.expires {
			e.check(ctx, m, key, w)
		}
	}
}

// check looks whether a session has ended. While the store cannot say, it has not.
func (e *ends) check(ctx context.Context, m *Manager, key Key, w *waiter) {
	ctx, cancel := context.WithTimeout(ctx, m.options.StoreTimeout)
	defer cancel()
	now := m.clock.now()
	rec, err := m.load(ctx, key, now)
	expires := m.expiry(at(rec.Created), at(rec.Seen))
	switch {
	case errors.Is(err, ErrNotFound), err == nil && now >= expires:
		e.tell(key)
	case err == nil:
		e.mu.Lock()
		w.expires = expires
		e.mu.Unlock()
	}
}
