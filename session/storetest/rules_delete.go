package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func deleteRemoves(ctx context.Context, p *probe) {
	p.when("a record that was deleted")
	key, _ := p.stored(ctx, 2)
	other, rec := p.stored(ctx, 1)
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	p.misses(ctx, key)

	p.when("another record than the one that was deleted")
	p.loads(ctx, other, rec)
}

func deletedWhen(ctx context.Context, p *probe) {
	key, _ := p.stored(ctx, 1)
	before := time.Now().Round(0).Add(-skew) // Round: without the monotonic clock, as the store's times are
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	after := time.Now().Round(0).Add(skew)
	if !p.ok() {
		return
	}
	_, err := p.store.Load(ctx, key)
	deleted, ok := errors.AsType[*store.DeletedError](err)
	if ok && (deleted.At.Before(before) || deleted.At.After(after)) {
		p.failf("Load says that Delete was called at %v: it was between %v and %v", deleted.At, before, after)
	}
	p.misses(ctx, key)
}

func deleteRefusesSaves(ctx context.Context, p *probe) {
	until := time.Now().Add(time.Hour)
	stored, _ := p.stored(ctx, 2)
	ended, rec := p.stored(ctx, 2)
	p.saves(ctx, ended, expired(rec))

	for scene, key := range map[string]store.Key{
		"a record that was deleted":                      stored,
		"a record that had expired when it was deleted":  ended,
		"a key that was deleted before it was ever used": newKey(),
	} {
		p.when("%s", scene)
		p.deletes(ctx, key, until)
		for version := range uint64(5) {
			p.conflicts(ctx, key, at(version, sample()))
		}
		p.conflicts(ctx, key, expired(at(0, rec)))
		p.misses(ctx, key)
	}
}

func deleteUntilThePast(ctx context.Context, p *probe) {
	for scene, until := range map[string]time.Time{
		"a record deleted until an hour ago":     time.Now().Add(-time.Hour),
		"a record deleted until the zero time":   {},
		"a record deleted until a time in 1969":  time.Unix(-1, 0),
		"a record deleted until a moment before": time.Now().Add(-skew),
	} {
		p.when("%s", scene)
		key, rec := p.stored(ctx, 1)
		p.deletes(ctx, key, until)
		p.misses(ctx, key)
		p.conflicts(ctx, key, rec)
		p.saves(ctx, key, at(0, rec))
		p.loads(ctx, key, rec)
	}
}

func deleteTwice(ctx context.Context, p *probe) {
	p.when("a record that is deleted twice")
	key, _ := p.stored(ctx, 1)
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	p.misses(ctx, key)

	p.when("a key never saved that is deleted twice")
	key = newKey()
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	p.deletes(ctx, key, time.Now().Add(time.Hour))
	p.misses(ctx, key)
}

func laterDeleteHolds(ctx context.Context, p *probe) {
	now := time.Now()
	past, short, long := now.Add(-time.Hour), now.Add(soon), now.Add(time.Hour)
	calls := map[string][2]time.Time{
		"deleted until the past, then for an hour":   {past, long},
		"deleted for an hour, then until the past":   {long, past},
		"deleted for a moment, then for an hour":     {short, long},
		"deleted for an hour, then only a moment":    {long, short},
		"deleted for half an hour, then for a whole": {now.Add(30 * time.Minute), long},
	}
	keys := map[string]store.Key{}
	for scene, until := range calls {
		key, _ := p.stored(ctx, 1)
		keys[scene] = key
		p.deletes(ctx, key, until[0])
		p.deletes(ctx, key, until[1])
	}
	p.waitPast(ctx, short)
	for scene, key := range keys {
		p.when("%s", scene)
		p.conflicts(ctx, key, sample())
		p.conflicts(ctx, key, at(1, sample()))
		p.misses(ctx, key)
	}
}

func deleteEnds(ctx context.Context, p *probe) {
	until := time.Now().Add(soon)
	key, rec := p.stored(ctx, 1)
	p.when("a save before the end of a delete")
	p.deletes(ctx, key, until)
	early := newKey()
	p.deletes(ctx, early, until)
	p.stillConflicts(ctx, early, until)

	p.when("a save after the end of a delete")
	p.waitPast(ctx, until)
	p.misses(ctx, key)
	p.conflicts(ctx, key, rec)
	p.saves(ctx, key, at(0, rec))
	p.loads(ctx, key, rec)
}

// stillConflicts saves a record under key, which must be refused, where the answer came before the tombstone's end.
func (p *probe) stillConflicts(ctx context.Context, key store.Key, end time.Time) {
	if !p.ok() {
		return
	}
	err := p.store.Save(ctx, key, sample())
	if err == nil && !surelyBefore(end) {
		return // a slow store: no rule is broken
	}
	if !errors.Is(err, store.ErrConflict) {
		p.failf("Save returned %w, want ErrConflict", orNil(err))
	}
}
