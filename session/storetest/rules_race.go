package storetest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func oneInsertWins(ctx context.Context, p *probe) {
	const inserters, rounds = 8, 10
	p.when("%d inserts of one key at the same time", inserters)
	for range rounds {
		key := newKey()
		records, errs := make([]store.Record, inserters), make([]error, inserters)
		together(inserters, func(i int) {
			records[i] = sample()
			records[i].User = strconv.Itoa(i)
			errs[i] = p.store.Save(ctx, key, records[i])
		})
		p.oneWinner(ctx, key, records, errs)
	}
}

func (p *probe) oneWinner(ctx context.Context, key store.Key, records []store.Record, errs []error) {
	var winners []store.Record
	for i, err := range errs {
		switch {
		case err == nil:
			winners = append(winners, at(1, records[i]))
		case !errors.Is(err, store.ErrConflict):
			p.failf("Save returned %w, want nil or ErrConflict", err)
		}
	}
	if len(winners) != 1 {
		p.failf("%d of them succeeded, want 1", len(winners))
		return
	}
	p.loads(ctx, key, winners[0])
}

func noUpdateIsLost(ctx context.Context, p *probe) {
	const writers, each = 8, 20
	p.when("%d goroutines that each count to %d in one record", writers, each)
	key, rec := newKey(), sample()
	rec.Values = []byte("0")
	p.saves(ctx, key, rec)
	together(writers, func(int) {
		// A save is refused where somebody else's came between: not more often than the others save.
		spare := (writers - 1) * each
		for done := 0; done < each && p.ok(); {
			if p.increment(ctx, key) {
				done++
			} else if spare--; spare < 0 {
				p.failf("Save returned ErrConflict though nobody had changed the record")
			}
		}
	})
	rec.Values = strconv.AppendInt(nil, writers*each, 10)
	p.loads(ctx, key, at(writers*each+1, rec))
}

// increment adds one to the number that is the record's values and reports whether it was saved, false for a conflict.
func (p *probe) increment(ctx context.Context, key store.Key) bool {
	rec, err := p.store.Load(ctx, key)
	if err != nil {
		p.failf("Load returned %w, want the record", err)
		return false
	}
	n, err := strconv.Atoi(string(rec.Values))
	if err != nil {
		p.failf("Load returned values that nobody saved: %w", err)
		return false
	}
	rec.Values = strconv.AppendInt(nil, int64(n)+1, 10)
	err = p.store.Save(ctx, key, rec)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		p.failf("Save returned %w, want nil or ErrConflict", err)
	}
	return err == nil
}

func deleteWinsOverSave(ctx context.Context, p *probe) {
	const savers, rounds = 6, 10
	for round := range rounds {
		key, rec := p.stored(ctx, uint64(round%2)) // by turns there is a record and there is none
		p.when("saves while the key is deleted")
		together(savers+1, func(i int) {
			if i == savers/2 {
				p.deletes(ctx, key, time.Now().Add(time.Hour))
				return
			}
			p.savesOnAndOn(ctx, key, rec)
		})
		p.when("a key that was deleted while it was saved")
		p.misses(ctx, key)
		for version := range uint64(4) {
			p.conflicts(ctx, key, at(version, rec))
		}
		p.misses(ctx, key)
	}
}

// savesOnAndOn saves the record a few times, each time on top of the version that should be there.
func (p *probe) savesOnAndOn(ctx context.Context, key store.Key, rec store.Record) {
	for range 5 {
		switch err := p.store.Save(ctx, key, rec); {
		case err == nil:
			rec.Version++
		case !errors.Is(err, store.ErrConflict):
			p.failf("Save returned %w, want nil or ErrConflict", err)
		}
	}
}

func manyGoroutines(ctx context.Context, p *probe) {
	const callers, calls = 8, 40
	p.when("loads, saves and deletes of three keys by %d goroutines", callers)
	keys := []store.Key{newKey(), newKey(), newKey()}
	together(callers, func(i int) {
		for n := range calls {
			key := keys[(i+n)%len(keys)]
			if n%10 == 9 {
				p.deletes(ctx, key, time.Now().Add(-time.Hour))
				continue
			}
			p.savesWhole(ctx, key, p.loadsWhole(ctx, key), strconv.Itoa(i*calls+n))
		}
	})
}

// loadsWhole loads the record, which must be as savesWhole saved it, and returns its version, 0 where there is none.
func (p *probe) loadsWhole(ctx context.Context, key store.Key) uint64 {
	rec, err := p.store.Load(ctx, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		p.failf("Load returned %w, want nil or ErrNotFound", err)
	case rec.Version == 0:
		p.failf("Load returned a record of version 0")
	case string(rec.Values) != valuesOf(rec.User):
		p.failf("Load returned a record with the user of one save and the values of another")
	}
	return rec.Version
}

func (p *probe) savesWhole(ctx context.Context, key store.Key, version uint64, user string) {
	rec := at(version, sample())
	rec.User, rec.Values = user, []byte(valuesOf(user))
	if err := p.store.Save(ctx, key, rec); err != nil && !errors.Is(err, store.ErrConflict) {
		p.failf("Save returned %w, want nil or ErrConflict", err)
	}
}

func valuesOf(user string) string { return strings.Repeat(user+".", 500) }
