package storetest

import (
	"context"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func isSweeper(s store.Store) bool {
	_, ok := s.(store.Sweeper)
	return ok
}

func sweep(ctx context.Context, p *probe) {
	p.when("three records and two tombstones that have ended, beside two records and a tombstone that have not")
	end := p.comingEnd(ctx)
	var ended []store.Key
	for range 3 {
		key, rec := newKey(), sample()
		rec.Expires = end
		p.saves(ctx, key, rec)
		ended = append(ended, key)
	}
	for range 2 {
		key := newKey()
		p.deletes(ctx, key, end)
		ended = append(ended, key)
	}
	alive, rec := p.stored(ctx, 1)
	other, otherRec := p.stored(ctx, 2)
	dead := newKey()
	p.deletes(ctx, dead, time.Now().Add(time.Hour))

	p.waitPast(ctx, end)
	p.sweeps(ctx, len(ended))
	p.loads(ctx, alive, rec)
	p.loads(ctx, other, otherRec)
	p.conflicts(ctx, dead, sample())
	for _, key := range ended {
		p.misses(ctx, key)
	}

	p.when("a second sweep")
	p.sweeps(ctx, 0)
}

// sweeps sweeps the store, which must remove want records and tombstones.
func (p *probe) sweeps(ctx context.Context, want int) {
	if !p.ok() {
		return
	}
	got, err := p.store.(store.Sweeper).Sweep(ctx)
	if err != nil {
		p.failf("Sweep returned %w, want nil", err)
	} else if got != want {
		p.failf("Sweep removed %d, want %d", got, want)
	}
}
