package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func expiredIsNotLoaded(ctx context.Context, p *probe) {
	for _, ago := range []time.Duration{time.Second, time.Hour, 10000 * time.Hour} {
		p.when("a record whose end was %v ago", ago)
		key, rec := newKey(), sample()
		rec.Expires = time.Now().UTC().Truncate(time.Microsecond).Add(-ago)
		p.saves(ctx, key, rec)
		p.misses(ctx, key)
	}
}

func expiredIsAbsentToSave(ctx context.Context, p *probe) {
	key, rec := p.stored(ctx, 2)
	p.saves(ctx, key, expired(rec))

	for version := uint64(1); version <= 3; version++ {
		p.when("an update based on version %d of a record that has expired at version 3", version)
		p.conflicts(ctx, key, at(version, rec))
		p.misses(ctx, key)
	}
	p.when("an insert over a record that has expired")
	p.saves(ctx, key, at(0, rec))
	p.loads(ctx, key, at(1, rec))
}

func savedExpired(ctx context.Context, p *probe) {
	p.when("an insert that has expired already")
	key, rec := newKey(), sample()
	p.saves(ctx, key, expired(rec))
	p.misses(ctx, key)

	p.when("an insert whose end is the zero time")
	unset := sample()
	unset.Expires = time.Time{}
	p.saves(ctx, key, unset)
	p.misses(ctx, key)

	p.when("an update that has expired already, based on another version")
	key, rec = p.stored(ctx, 2)
	p.conflicts(ctx, key, expired(at(1, rec)))
	p.conflicts(ctx, key, expired(at(0, rec)))
	p.loads(ctx, key, rec)

	p.when("an update that has expired already, based on the stored version")
	p.saves(ctx, key, expired(rec))
	p.misses(ctx, key)
}

func expiresWhileStored(ctx context.Context, p *probe) {
	key, rec := newKey(), sample()
	rec.Expires = time.Now().UTC().Truncate(time.Microsecond).Add(soon)
	p.when("a record that expires in %v", soon)
	p.saves(ctx, key, rec)
	p.stillLoads(ctx, key, rec.Expires)

	p.when("a record that has expired since it was saved")
	p.waitPast(ctx, rec.Expires)
	p.misses(ctx, key)
	next := sample()
	p.conflicts(ctx, key, at(1, next))
	p.saves(ctx, key, next)
	p.loads(ctx, key, at(1, next))
}

// stillLoads loads the record under key, which must be there, where the answer came before it ends.
func (p *probe) stillLoads(ctx context.Context, key store.Key, end time.Time) {
	if !p.ok() {
		return
	}
	_, err := p.store.Load(ctx, key)
	if errors.Is(err, store.ErrNotFound) && !surelyBefore(end) {
		return // a slow store: no rule is broken
	}
	if err != nil {
		p.failf("Load returned %w, want the record", err)
	}
}
