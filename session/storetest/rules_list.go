package storetest

import (
	"bytes"
	"context"
	"maps"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// listRules are those of a store that lists.
var listRules = []Rule{
	{
		Name:     "list",
		Sentence: "List yields every record that is there, in no order.",
		check:    listAll,
		claims:   isLister,
	},
	{
		Name:     "list-of-user",
		Sentence: "ListUser yields the records whose User is user, in no order. … No record is yielded for the user \"\", which is nobody.",
		check:    listOfUser,
		claims:   isLister,
	},
	{
		Name:     "list-of-user-that-changes",
		Sentence: "ListUser yields the records whose User is user",
		check:    listOfUserThatChanges,
		claims:   isLister,
	},
	{
		Name:     "list-expires",
		Sentence: "A record whose Expires has passed counts as not there, in every method, whether or not it is still stored.",
		check:    listExpires,
		claims:   isLister,
	},
	{
		Name:     "list-is-the-callers",
		Sentence: "The caller owns the entries' bytes.",
		check:    listIsTheCallers,
		claims:   isLister,
	},
	{
		Name:     "list-stops",
		Sentence: "a reader that stops early leaves nothing behind.",
		check:    listStops,
		claims:   isLister,
	},
	{
		Name:     "list-lets-others-in",
		Sentence: "Other calls go on while a list is read, also those that its reader makes",
		check:    listLetsOthersIn,
		claims:   isLister,
	},
	{
		Name:     "list-of-what-stays",
		Sentence: "What is there from its beginning to its end is yielded once, in one of the states that it had meanwhile",
		check:    listOfWhatStays,
		claims:   isLister,
	},
	{
		Name: "list-context-ended",
		Sentence: "A list that fails yields the error, with no entry, and ends. … " +
			"A method whose context has ended returns an error that wraps the context's.",
		check:  listContextEnded,
		claims: isLister,
	},
	{
		Name:     "list-errors-tell-nothing",
		Sentence: "Errors hold no key and no byte of a record's values.",
		check:    listErrorsTellNothing,
		claims:   isLister,
	},
	{
		Name:     "list-by-many",
		Sentence: "What is there from its beginning to its end is yielded once",
		check:    listByMany,
		claims:   isLister,
	},
	{
		Name:     "list-after-a-race",
		Sentence: "ListUser yields the records whose User is user",
		check:    listAfterARace,
		claims:   isLister,
	},
}

func listAll(ctx context.Context, p *probe) {
	p.when("a store that holds nothing")
	p.lists(ctx, nil)

	p.when("250 records of several users and nobody, among them some that were updated")
	want := p.fills(ctx, 250, func(i int, rec *store.Record) {
		rec.User = []string{"", "ada", "bob", "a third"}[i%4]
		rec.Created = rec.Created.Add(time.Duration(i) * time.Microsecond)
		rec.Values = bytes.Repeat([]byte{byte(i)}, i*i%1000)
	})
	var updated, deleted []store.Key
	for key := range want {
		switch {
		case len(updated) < 30:
			updated = append(updated, key)
		case len(deleted) < 30:
			deleted = append(deleted, key)
		}
	}
	for _, key := range updated {
		rec := changed(want[key])
		p.saves(ctx, key, rec)
		want[key] = at(2, rec)
	}
	p.lists(ctx, want)

	p.when("some that were deleted, some that have expired and tombstones beside them")
	for i, key := range deleted {
		p.deletes(ctx, key, time.Now().Add(time.Duration(i%2*2-1)*time.Hour))
		delete(want, key)
	}
	for range 10 {
		p.adds(ctx, expired(sample()))
		p.deletes(ctx, newKey(), time.Now().Add(time.Hour))
	}
	p.lists(ctx, want)
}

func listExpires(ctx context.Context, p *probe) {
	end := p.comingEnd(ctx)
	ending := func(user string) store.Record {
		rec := of(user, sample())
		rec.Expires = end
		return rec
	}
	staying := of("ada", sample())

	p.when("a user's records of which some expire, some live longer by an update and some shorter")
	stays := p.adds(ctx, staying)
	ends := p.adds(ctx, ending("ada"))
	shortened := p.adds(ctx, staying)
	p.saves(ctx, shortened, at(1, ending("ada")))
	extended, last := p.adds(ctx, ending("ada")), p.adds(ctx, ending("bob"))
	if !p.savesBefore(ctx, end, extended, at(1, staying)) || !p.savesBefore(ctx, end, last, at(1, of("bob", staying))) {
		return
	}
	p.adds(ctx, ending("eve"))

	p.waitPast(ctx, end)
	adas := records{stays: at(1, staying), extended: at(2, staying)}
	bobs := records{last: at(2, of("bob", staying))}
	p.listsUser(ctx, "ada", adas)
	p.listsUser(ctx, "bob", bobs)
	p.listsUser(ctx, "eve", nil)
	all := maps.Clone(adas)
	maps.Copy(all, bobs)
	p.lists(ctx, all)

	p.when("a record that takes the place of another user's that has expired")
	p.saves(ctx, ends, of("bob", staying))
	bobs[ends] = at(1, of("bob", staying))
	p.listsUser(ctx, "ada", adas)
	p.listsUser(ctx, "bob", bobs)
}

func listIsTheCallers(ctx context.Context, p *probe) {
	want := p.fills(ctx, 20, func(i int, rec *store.Record) { rec.Values = bytes.Repeat([]byte{byte(i)}, 40) })
	for call, list := range p.bothLists("ada") {
		if !p.ok() {
			return
		}
		p.when("a caller that keeps the entries of %s", call)
		got, err := collect(list(ctx))
		if err != nil {
			p.failf("%s %w", call, err)
			return
		}
		for key, rec := range got {
			if err := differ(rec, want[key]); err != nil {
				p.failf("when the list has ended, one is another: %w", err)
			}
		}
		p.when("a caller that writes to the bytes of %s, and behind them", call)
		for _, rec := range got {
			scribble(rec.Values[:cap(rec.Values)])
		}
		p.lists(ctx, want)
		for key, rec := range want {
			p.loads(ctx, key, rec)
		}
	}
}

func listStops(ctx context.Context, p *probe) {
	want := p.fills(ctx, 20, func(int, *store.Record) {})
	for call, list := range p.bothLists("ada") {
		p.when("50 readers of %s that stop at the first entry", call)
		for range 50 {
			p.stops(ctx, call, list)
		}
		p.lists(ctx, want)
		p.listsUser(ctx, "ada", want)
		key, rec := p.stored(ctx, 2)
		p.loads(ctx, key, rec)
		want[key] = rec
	}
}

// stops reads the first entry of a list.
func (p *probe) stops(ctx context.Context, call string, list func(context.Context) listed) {
	if !p.ok() {
		return
	}
	for _, err := range list(ctx) {
		if err != nil {
			p.failf("%s failed with %w", call, err)
		}
		break
	}
}
