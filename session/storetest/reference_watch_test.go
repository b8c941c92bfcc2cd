package storetest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A watcher is one call of Watch, with the keys that it has still to tell of.
type watcher struct {
	keys []store.Key
	news chan struct{} // holds one when there are some
}

func (s *reference) Watch(ctx context.Context, ready func(), deleted func(store.Key)) error {
	w := &watcher{news: make(chan struct{}, 1)}
	if s.flaw == readyTooEarly {
		ready()
		<-time.After(time.Millisecond)
	}
	s.mu.Lock()
	if s.flaw == watchIsForOne {
		clear(s.watchers)
	}
	s.watchers[w] = true
	s.mu.Unlock()
	defer s.forget(w)

	if s.flaw != neverReady && s.flaw != readyTooEarly {
		ready()
	}
	for {
		select {
		case <-w.news:
			s.tellAll(w, deleted)
		case <-ctx.Done():
			return s.watchError(ctx)
		}
	}
}

func (s *reference) forget(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
	if s.flaw == lastEndsAll {
		clear(s.watchers)
	}
}

// tell leaves a deleted key to each watcher. The caller has the lock.
func (s *reference) tell(key store.Key, stored bool, until time.Time) {
	switch {
	case s.flaw == tellsOfStoredOnly && !stored:
		return
	case s.flaw == tellsOfTombstonesOnly && !until.After(time.Now()):
		return
	}
	for w := range s.watchers {
		if s.flaw == tellsOfFew && len(w.keys) > 0 {
			continue
		}
		w.keys = append(w.keys, key)
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}

func (s *reference) tellAll(w *watcher, deleted func(store.Key)) {
	s.mu.Lock()
	keys := w.keys
	w.keys = nil
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, key := range keys {
		if s.flaw == tellsAllAtOnce {
			all.Go(func() { deleted(key) })
		} else {
			deleted(key)
		}
	}
	all.Wait()
}

func (s *reference) watchError(ctx context.Context) error {
	switch s.flaw {
	case watchEndsLate:
		<-time.After(time.Minute)
	case watchEndsWell:
		return nil
	case watchHidesContext:
		return errors.New("reference: watch was stopped")
	}
	return ctx.Err()
}
