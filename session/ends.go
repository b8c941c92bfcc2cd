package session

import (
	"context"
	"errors"
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

	connections atomic.Int64 // over which the store tells, so far
	heard       atomic.Int64 // which of them stands; 0 for none
}

// A waiter is one session of which somebody waits for the end.
type waiter struct {
	ended   chan struct{}
	key     Key
	users   int
	created moment // as it was last seen
	expires moment
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
		w = &waiter{ended: make(chan struct{}), key: key}
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
func (e *ends) leave(w *waiter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w.users--; w.users == 0 && e.waiting[w.key] == w {
		delete(e.waiting, w.key)
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
	for ctx.Err() == nil {
		connection := e.connections.Add(1)
		_ = n.Watch(ctx, func() { e.heard.Store(connection) }, e.tell) // look goes on meanwhile
		e.heard.CompareAndSwap(connection, 0)                          // unless another has begun since, for others who wait
		select {
		case <-time.After(reconnectWait):
		case <-ctx.Done():
		}
	}
}

// look looks at the sessions once a second: at all of them where the store has not told of each that ended since the
// last time that all could be looked at; else at those that should have expired, or were revoked with everybody's.
func (e *ends) look(ctx context.Context, m *Manager) {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	var heard int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_, _ = m.epoch.get(ctx, m.store, m.clock.now()) // where it fails, it is asked for again
		now := e.heard.Load()
		all := now == 0 || now != heard
		if answered := e.lookAt(ctx, m, all); answered || !all {
			heard = now
		}
	}
}

// lookAt looks at the sessions, and reports whether the store could say of each of them.
func (e *ends) lookAt(ctx context.Context, m *Manager, all bool) (answered bool) {
	now, cut := m.clock.now(), moment(m.epoch.cut.Load())
	var due, over []*waiter
	e.mu.Lock()
	for _, w := range e.waiting {
		switch {
		case w.created > 0 && w.created <= cut: // no question to the store, however many they are
			over = append(over, w)
		case all || now >= w.expires:
			due = append(due, w)
		}
	}
	e.mu.Unlock()
	for _, w := range over {
		e.tell(w.key)
	}
	answered = true
	for _, w := range due {
		if ctx.Err() != nil {
			return false
		}
		answered = e.check(ctx, m, w) && answered
	}
	return answered
}

// check looks whether a session has ended, and reports whether the store could say. While it cannot, it has not.
func (e *ends) check(ctx context.Context, m *Manager, w *waiter) (answered bool) {
	ctx, cancel := context.WithTimeout(ctx, m.options.StoreTimeout)
	defer cancel()
	now := m.clock.now()
	rec, err := m.load(ctx, w.key, now)
	expires := m.expiry(at(rec.Created), at(rec.Seen))
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, errBroken), err == nil && now >= expires:
		e.tell(w.key)
	case err == nil:
		e.mu.Lock()
		w.created, w.expires = at(rec.Created), expires
		e.mu.Unlock()
	}
	return err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, errBroken)
}
