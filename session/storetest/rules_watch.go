package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// watchRules are those of a store that tells of deletions.
var watchRules = []Rule{
	{
		Name: "watch",
		Sentence: "Watch calls deleted with every key for which Delete is called … from when it calls ready until it returns. … " +
			"at least once for each",
		check:  watch,
		claims: isNotifier,
	},
	{
		Name:     "watch-many",
		Sentence: "Watch calls deleted with every key for which Delete is called … It calls them one after the other",
		check:    watchMany,
		claims:   isNotifier,
	},
	{
		Name:     "watch-by-two",
		Sentence: "Watch calls deleted with every key for which Delete is called",
		check:    watchByTwo,
		claims:   isNotifier,
	},
	{
		Name:     "watch-ends",
		Sentence: "It returns when ctx ends, with an error that wraps the context's",
		check:    watchEnds,
		claims:   isNotifier,
	},
}

func isNotifier(s store.Store) bool {
	_, ok := s.(store.Notifier)
	return ok
}

func watch(ctx context.Context, p *probe) {
	kept, rec := p.stored(ctx, 1)
	w := p.watches(ctx)
	defer w.stops()

	for _, until := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(-time.Hour)} {
		p.when("a record that is deleted until %v from now", time.Until(until).Round(time.Hour))
		key, _ := p.stored(ctx, 2)
		p.deletes(ctx, key, until)
		w.hears(key)

		p.when("a key never saved that is deleted until %v from now", time.Until(until).Round(time.Hour))
		key = newKey()
		p.deletes(ctx, key, until)
		w.hears(key)
	}
	p.when("a record that has expired when it is deleted")
	key := p.adds(ctx, expired(sample()))
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	w.hears(key)

	p.when("a record that was saved and loaded, and not deleted")
	p.saves(ctx, kept, rec)
	p.loads(ctx, kept, at(2, rec))
	last := newKey()
	p.deletes(ctx, last, time.Now().Add(time.Hour))
	w.hears(last)
	w.hasNotHeard(kept)
}

func watchMany(ctx context.Context, p *probe) {
	const deleters, each = 8, 25
	w := p.watches(ctx)
	defer w.stops()
	p.when("%d keys that are deleted by %d goroutines", deleters*each, deleters)
	keys := make([][]store.Key, deleters)
	together(deleters, func(i int) {
		for range each {
			key := newKey()
			p.deletes(ctx, key, time.Now().Add(time.Hour))
			keys[i] = append(keys[i], key)
		}
	})
	w.hears(slices.Concat(keys...)...)
}

func watchByTwo(ctx context.Context, p *probe) {
	p.when("two watchers")
	first, second := p.watches(ctx), p.watches(ctx)
	defer first.stops()
	defer second.stops()
	key, _ := p.stored(ctx, 1)
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	first.hears(key)
	second.hears(key)

	p.when("a watcher, when another one has ended")
	first.stops()
	key, _ = p.stored(ctx, 1)
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	second.hears(key)
	first.hasNotHeard(key)
}

func watchEnds(ctx context.Context, p *probe) {
	p.when("a context that is cancelled")
	cancelled, cancel := context.WithCancel(ctx)
	defer cancel()
	w := p.watches(cancelled)
	cancel()
	p.wantContext(cancelled, "Watch", w.ended())

	p.when("a context past its deadline")
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()
	w = p.beginsToWatch(late)
	p.wantContext(late, "Watch", w.ended())
}
