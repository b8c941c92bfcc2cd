package storetest

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func listByMany(ctx context.Context, p *probe) {
	p.when("lists, updates, deletes and inserts by several goroutines")
	stays := p.fills(ctx, 60, func(int, *store.Record) {})
	updated := p.fills(ctx, 20, func(int, *store.Record) {})
	together(8, func(i int) {
		switch i {
		case 0:
			p.listsWhatStays(ctx, "List", p.list, stays)
		case 1:
			p.listsWhatStays(ctx, "ListUser", p.bothLists("ada")["ListUser"], stays)
		case 2:
			p.passesRound(ctx, updated)
		default:
			p.comesAndGoes(ctx)
		}
	})
	p.when("when they are done")
	maps.Copy(updated, stays)
	p.lists(ctx, updated)
	p.listsUser(ctx, "ada", updated)
}

// listsWhatStays lists three times, while others make their calls.
func (p *probe) listsWhatStays(ctx context.Context, call string, list func(context.Context) listed, stays records) {
	for range 3 {
		if !p.ok() {
			return
		}
		seen := map[store.Key]int{}
		for e, err := range list(ctx) {
			if err != nil {
				p.failf("%s failed with %w", call, err)
				return
			}
			seen[e.Key]++
			p.stayed(e, stays, nil)
		}
		p.seenOnce(seen, stays)
	}
}

// passesRound gives each record to another user and back, and keeps account.
func (p *probe) passesRound(ctx context.Context, updated records) {
	for key, rec := range updated {
		p.saves(ctx, key, of("bob", rec))
		p.saves(ctx, key, at(2, rec))
		updated[key] = at(3, rec)
	}
}

// comesAndGoes saves and deletes a few records of a user who has others: each is in the user's list when Save has
// returned, and not when Delete has.
func (p *probe) comesAndGoes(ctx context.Context) {
	for range 5 {
		key := p.adds(ctx, sample())
		p.listsOne(ctx, key, true)
		p.deletes(ctx, key, time.Now().Add(time.Hour))
		p.listsOne(ctx, key, false)
	}
}

func (p *probe) listsOne(ctx context.Context, key store.Key, want bool) {
	if !p.ok() {
		return
	}
	got := false
	for e, err := range p.listUser(ctx, "ada") {
		if err != nil {
			p.failf("ListUser failed with %w", err)
			return
		}
		got = got || e.Key == key
	}
	switch {
	case want && !got:
		p.failf("ListUser does not yield a record whose Save has returned")
	case got && !want:
		p.failf("ListUser yields a record whose Delete has returned")
	}
}

func listAfterARace(ctx context.Context, p *probe) {
	const savers, rounds = 4, 10
	for round := range rounds {
		deletes := round%2 == 0
		key, rec := p.stored(ctx, 1)
		p.when("saves by several users of one record, which is deleted meanwhile: %t", deletes)
		together(savers+1, func(i int) {
			switch {
			case i < savers:
				p.takesTurns(ctx, key, at(1, of(strconv.Itoa(i), rec)))
			case deletes:
				p.deletes(ctx, key, time.Now().Add(time.Hour))
			}
		})
		p.listsLoaded(ctx, key, savers)
		p.deletes(ctx, key, time.Now().Add(time.Hour))
		p.listsLoaded(ctx, key, savers)
	}
}

// takesTurns saves the record a few times, each time on top of what is there by then.
func (p *probe) takesTurns(ctx context.Context, key store.Key, rec store.Record) {
	for range 5 {
		switch err := p.store.Save(ctx, key, rec); {
		case err == nil, errors.Is(err, store.ErrConflict):
			rec.Version++
		default:
			p.failf("Save returned %w, want nil or ErrConflict", err)
		}
	}
}

// listsLoaded looks for the record under key, the only one there is, in each user's list: it is in that of its user,
// where it is there, and in no other.
func (p *probe) listsLoaded(ctx context.Context, key store.Key, users int) {
	if !p.ok() {
		return
	}
	all := records{}
	rec, err := p.store.Load(ctx, key)
	switch {
	case err == nil:
		all[key] = rec
	case !errors.Is(err, store.ErrNotFound):
		p.failf("Load returned %w, want nil or ErrNotFound", err)
	}
	p.lists(ctx, all)
	for _, user := range append([]string{"ada"}, numbers(users)...) {
		want := records{}
		if len(all) > 0 && rec.User == user {
			want = all
		}
		p.listsUser(ctx, user, want)
	}
}

// numbers returns the texts of 0 to n-1.
func numbers(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return texts
}
