package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// usageRules are those of a store that tells how much it holds.
var usageRules = []Rule{
	{
		Name:     "usage",
		Sentence: "Usage returns how many records there are, and how many bytes the store takes up.",
		check:    usage,
		claims:   isMeasurer,
	},
	{
		Name:     "usage-of-deleted",
		Sentence: "A record that has expired may be counted until a sweep has removed it; one that was deleted is not counted.",
		check:    usageOfDeleted,
		claims:   isMeasurer,
	},
	{
		Name:     "usage-of-sweeps",
		Sentence: "records and tombstones that they have removed",
		check:    usageOfSweeps,
		claims:   func(s store.Store) bool { return isMeasurer(s) && isSweeper(s) },
	},
	{
		Name:     "usage-context-ended",
		Sentence: "A method whose context has ended returns an error that wraps the context's.",
		check:    usageContextEnded,
		claims:   isMeasurer,
	},
}

// isMeasurer reports whether the store can tell, now that it is asked.
func isMeasurer(s store.Store) bool {
	m, ok := s.(store.Measurer)
	if !ok {
		return false
	}
	_, err := m.Usage(context.Background())
	return !errors.Is(err, store.ErrNotMeasured)
}

// measures returns the store's usage, which must be of as many sessions as want, and if it is no exact one, about as many.
func (p *probe) measures(ctx context.Context, want int64) store.Usage {
	if !p.ok() {
		return store.Usage{}
	}
	u, err := p.store.(store.Measurer).Usage(ctx)
	switch {
	case err != nil:
		p.failf("Usage returned %w, want nil", err)
	case u.Exact && u.Sessions != want:
		p.failf("Usage counted %d sessions, want %d", u.Sessions, want)
	case u.Sessions < want/2 || u.Sessions > 2*want:
		p.failf("Usage estimated %d sessions, want about %d", u.Sessions, want)
	case u.Bytes < 0:
		p.failf("Usage returned %d bytes", u.Bytes)
	}
	return u
}

func usage(ctx context.Context, p *probe) {
	p.when("an empty store")
	empty := p.measures(ctx, 0)
	p.when("100 records of 1 KiB, some saved more than once")
	for i := range 100 {
		key, rec := newKey(), sample()
		rec.Values = make([]byte, 1<<10)
		p.saves(ctx, key, rec)
		if i%2 == 0 {
			p.saves(ctx, key, at(1, rec))
		}
	}
	full := p.measures(ctx, 100)
	if p.ok() && full.Bytes <= empty.Bytes {
		p.failf("Usage returned %d bytes, and %d of an empty store", full.Bytes, empty.Bytes)
	}
}

func usageOfDeleted(ctx context.Context, p *probe) {
	p.when("100 records, of which 10 were deleted, and tombstones of 30 other keys")
	for i := range 100 {
		key, _ := p.stored(ctx, 1)
		if i%10 == 0 {
			p.deletes(ctx, key, time.Now().Add(time.Hour))
		}
	}
	for range 30 {
		p.deletes(ctx, newKey(), time.Now().Add(time.Hour))
	}
	p.measures(ctx, 90)
}

func usageOfSweeps(ctx context.Context, p *probe) {
	p.when("a sweep of three records and two tombstones that have ended")
	end := p.comingEnd(ctx)
	for range 3 {
		rec := sample()
		rec.Expires = end
		p.saves(ctx, newKey(), rec)
	}
	for range 2 {
		p.deletes(ctx, newKey(), end)
	}
	p.stored(ctx, 1)
	p.waitPast(ctx, end)
	before := p.measuresSweeps(ctx)
	if _, err := p.store.(store.Sweeper).Sweep(ctx); err != nil {
		p.failf("Sweep returned %w, want nil", err)
	}
	after := p.measures(ctx, 1)
	if !p.ok() {
		return
	}
	if after.Sweeps <= before.Sweeps || after.Swept < before.Swept+5 {
		p.failf("Usage returned %d sweeps that removed %d, after %d that removed %d", after.Sweeps, after.Swept, before.Sweeps, before.Swept)
	}
}

// measuresSweeps returns the store's usage, however many of its sessions have expired.
func (p *probe) measuresSweeps(ctx context.Context) store.Usage {
	u, err := p.store.(store.Measurer).Usage(ctx)
	if err != nil {
		p.failf("Usage returned %w, want nil", err)
	}
	return u
}

func usageContextEnded(ctx context.Context, p *probe) {
	ended, end := context.WithCancel(ctx)
	end()
	_, err := p.store.(store.Measurer).Usage(ended)
	if !errors.Is(err, context.Canceled) {
		p.failf("Usage returned %w, want an error that wraps context.Canceled", orNil(err))
	}
}
