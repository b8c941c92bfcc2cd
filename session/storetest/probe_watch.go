package storetest

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A watcher is a call of Watch and what it has heard.
type watcher struct {
	p      *probe
	cancel context.CancelFunc
	ready  chan struct{}
	done   chan struct{} // closed when Watch has returned
	err    error         // what it returned; read when done is closed

	inside atomic.Int32 // calls of hear

	mu    sync.Mutex
	heard map[store.Key]bool
	news  chan struct{} // holds one when something was heard since it was looked at
}

// watches begins to watch and returns when the store is ready.
func (p *probe) watches(ctx context.Context) *watcher {
	w := p.beginsToWatch(ctx)
	w.waits(w.ready, "Watch does not call ready")
	return w
}

func (p *probe) beginsToWatch(ctx context.Context) *watcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &watcher{
		p: p, cancel: cancel, ready: make(chan struct{}), done: make(chan struct{}),
		heard: map[store.Key]bool{}, news: make(chan struct{}, 1),
	}
	go func() {
		defer close(w.done)
		w.err = p.store.(store.Notifier).Watch(ctx, sync.OnceFunc(func() { close(w.ready) }), w.hear)
	}()
	return w
}

// hear is called by one goroutine at a time. It lets others run, so that a second one is seen.
func (w *watcher) hear(key store.Key) {
	if w.inside.Add(1) > 1 {
		w.p.failf("Watch calls deleted twice at the same time")
	}
	runtime.Gosched()
	w.inside.Add(-1)

	w.mu.Lock()
	w.heard[key] = true
	w.mu.Unlock()
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// waits waits for what should come at once, while the store watches.
func (w *watcher) waits(c <-chan struct{}, complaint string) {
	if !w.p.ok() {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c:
	case <-w.done:
		w.p.failf("Watch returned %w before its context ended", orNil(w.err))
	case <-timer.C:
		w.p.failf("%s in %v", complaint, patience)
	}
}

// hears waits until deleted was called with each of the keys.
func (w *watcher) hears(keys ...store.Key) {
	for w.p.ok() && !w.hasHeard(keys...) {
		w.waits(w.news, "Watch does not call deleted with a key that was deleted")
	}
}

func (w *watcher) hasHeard(keys ...store.Key) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		if !w.heard[key] {
			return false
		}
	}
	return true
}

func (w *watcher) hasNotHeard(key store.Key) {
	if w.hasHeard(key) {
		w.p.failf("Watch calls deleted with a key that it should not tell of")
	}
}

// stops ends the context and returns when Watch has, in any case.
func (w *watcher) stops() {
	w.cancel()
	_ = w.ended()
}

// ended returns what Watch has returned after its context ended.
func (w *watcher) ended() error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.done:
		return w.err
	case <-timer.C:
		w.p.failf("Watch has not returned %v after its context ended", patience)
		return nil
	}
}
