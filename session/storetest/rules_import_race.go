package storetest

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func oneImportWins(ctx context.Context, p *probe) {
	const importers, rounds = 8, 10
	p.when("%d imports and inserts of one key at the same time", importers)
	for range rounds {
		key := newKey()
		var winners [importers]*store.Record
		together(importers, func(i int) {
			rec := at(uint64(i), of(strconv.Itoa(i), sample()))
			if i%4 == 0 {
				rec.Version = 0
			}
			winners[i] = p.puts(ctx, key, rec)
		})
		p.oneOf(ctx, key, winners[:])
	}
}

// puts imports rec, or inserts it where its version is 0, and returns it as it is stored then, nil where it was refused.
func (p *probe) puts(ctx context.Context, key store.Key, rec store.Record) *store.Record {
	var err error
	if rec.Version == 0 {
		err = p.store.Save(ctx, key, rec)
		rec.Version = 1
	} else {
		err = p.importer().Import(ctx, key, rec)
	}
	if err != nil {
		if !errors.Is(err, store.ErrConflict) {
			p.failf("Save or Import returned %w, want nil or ErrConflict", err)
		}
		return nil
	}
	return &rec
}

// oneOf looks for the one that has won; the others are nil.
func (p *probe) oneOf(ctx context.Context, key store.Key, winners []*store.Record) {
	n, winner := 0, store.Record{}
	for _, rec := range winners {
		if rec != nil {
			n, winner = n+1, *rec
		}
	}
	if n != 1 {
		p.failf("%d of them succeeded, want 1", n)
		return
	}
	p.loads(ctx, key, winner)
}

func deleteWinsOverImport(ctx context.Context, p *probe) {
	const importers, rounds = 6, 10
	for range rounds {
		key := newKey()
		p.when("imports while the key is deleted")
		together(importers+1, func(i int) {
			if i == importers/2 {
				p.deletes(ctx, key, time.Now().Add(time.Hour))
				return
			}
			for version := range uint64(5) {
				p.puts(ctx, key, at(version+1, sample()))
			}
		})
		p.when("a key that was deleted while it was imported")
		p.misses(ctx, key)
		p.importConflicts(ctx, key, at(1, sample()))
		p.conflicts(ctx, key, sample())
		p.misses(ctx, key)
	}
}
