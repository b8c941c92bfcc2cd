package migration

import (
	"context"
	"sync"

	"github.com/proapi-go/proapi/session/store"
)

// watcher is the part of a store over two that tells of deletions.
type watcher struct{ both *both }

// Watch tells of the deletions in both stores. See [store.Notifier]. It returns when it cannot hear of those in one.
func (w watcher) Watch(ctx context.Context, ready func(), deleted func(store.Key)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		mu      sync.Mutex
		waiting = 2
		first   error
		all     sync.WaitGroup
	)
	isReady := func() {
		mu.Lock()
		defer mu.Unlock()
		if waiting--; waiting == 0 {
			ready()
		}
	}
	one := func(key store.Key) {
		mu.Lock()
		defer mu.Unlock()
		deleted(key)
	}
	watch := func(what string, s store.Store) {
		err := wrap(what, s.(store.Notifier).Watch(ctx, sync.OnceFunc(isReady), one))
		cancel() // the other one's error is only that
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
	}
	all.Go(func() { watch("watch the old store", w.both.from) })
	all.Go(func() { watch("watch the new store", w.both.to) })
	all.Wait()
	return first
}
