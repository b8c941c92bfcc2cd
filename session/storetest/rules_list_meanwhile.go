package storetest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// meanwhile calls f, whose calls must return while a list is being read, and reports whether they did what they should.
// Where they wait for the list, the reader that stops then lets them go on.
func (p *probe) meanwhile(ctx context.Context, f func(ctx context.Context)) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	select {
	case <-done:
		return p.ok()
	case <-ctx.Done():
		p.failf("a call waits for the reader of the list: %w", ctx.Err())
		return false
	}
}

func listLetsOthersIn(ctx context.Context, p *probe) {
	p.fills(ctx, 20, func(int, *store.Record) {})
	for call, list := range p.bothLists("ada") {
		p.when("a reader of %s that makes calls", call)
		spare := 5
		for e, err := range list(ctx) {
			if err != nil {
				p.failf("%s failed with %w", call, err)
				break
			}
			if spare--; spare < 0 || !p.meanwhile(ctx, func(ctx context.Context) { p.callsFrom(ctx, e) }) {
				break
			}
		}
	}
}

// callsFrom makes each call, with a list's entry and besides.
func (p *probe) callsFrom(ctx context.Context, e store.Entry) {
	p.loads(ctx, e.Key, e.Record)
	p.saves(ctx, e.Key, e.Record)
	bobs := p.adds(ctx, of("bob", sample()))
	if p.ok() {
		p.stops(ctx, "List", p.list)
	}
	p.listsUser(ctx, "bob", records{bobs: at(1, p.loaded(ctx, bobs))})
	p.deletes(ctx, bobs, time.Now().Add(time.Hour))
	p.deletes(ctx, e.Key, time.Now().Add(-time.Hour))
	p.misses(ctx, e.Key)
}

// loaded returns the record under key, which must be there.
func (p *probe) loaded(ctx context.Context, key store.Key) store.Record {
	if !p.ok() {
		return store.Record{}
	}
	rec, err := p.store.Load(ctx, key)
	if err != nil {
		p.failf("Load returned %w, want the record", err)
	}
	return rec
}

func listOfWhatStays(ctx context.Context, p *probe) {
	for call, list := range p.bothLists("ada") {
		p.when("%s", call)
		plain := func(int, *store.Record) {}
		stays, updated, others := p.fills(ctx, 60, plain), p.fills(ctx, 30, plain), p.fills(ctx, 30, plain)
		toUpdate, toDelete := slices.Collect(maps.Keys(updated)), slices.Collect(maps.Keys(others))

		p.when("%s, whose reader updates, deletes and inserts other records at each entry", call)
		seen := map[store.Key]int{}
		for e, err := range list(ctx) {
			if err != nil {
				p.failf("it failed with %w", err)
				break
			}
			seen[e.Key]++
			p.stayed(e, stays, updated)
			if len(toUpdate) == 0 {
				continue
			}
			one, other := toUpdate[0], toDelete[0]
			toUpdate, toDelete = toUpdate[1:], toDelete[1:]
			if !p.meanwhile(ctx, func(ctx context.Context) {
				p.saves(ctx, one, updated[one])
				p.deletes(ctx, other, time.Now().Add(time.Hour))
				p.adds(ctx, sample())
			}) {
				return
			}
		}
		p.seenOnce(seen, stays)
		p.seenOnce(seen, updated)
	}
}

// stayed looks at an entry of a record that stays as it is, or that is updated once without a change.
func (p *probe) stayed(e store.Entry, stays, updated records) {
	want, ok := stays[e.Key]
	if !ok {
		if want, ok = updated[e.Key]; !ok {
			return
		}
		if e.Record.Version == 2 {
			want.Version = 2
		}
	}
	if err := differ(e.Record, want); err != nil {
		p.failf("it yielded another record than was there: %w", err)
	}
}

func (p *probe) seenOnce(seen map[store.Key]int, want records) {
	for key := range want {
		if n := seen[key]; n != 1 {
			p.failf("it yielded a record %d times that was there all the time", n)
		}
	}
}
