package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"

	"github.com/proapi-go/proapi/session/store"
)

// listed is what a list of the contract is.
type listed = iter.Seq2[store.Entry, error]

// records are what a list must yield, or did.
type records = map[store.Key]store.Record

func isLister(s store.Store) bool {
	_, ok := s.(store.Lister)
	return ok
}

// list returns the list of what the store holds.
func (p *probe) list(ctx context.Context) listed { return p.store.(store.Lister).List(ctx) }

// listUser returns the list of what the store holds of a user.
func (p *probe) listUser(ctx context.Context, user string) listed {
	return p.store.(store.Lister).ListUser(ctx, user)
}

// bothLists returns the two lists by their names, to look at each alike.
func (p *probe) bothLists(user string) map[string]func(ctx context.Context) listed {
	return map[string]func(ctx context.Context) listed{
		"List":     p.list,
		"ListUser": func(ctx context.Context) listed { return p.listUser(ctx, user) },
	}
}

// lists lists the store, which must hold want and nothing else.
func (p *probe) lists(ctx context.Context, want records) {
	if p.ok() {
		p.yields("List", p.list(ctx), want)
	}
}

// listsUser lists what the store holds of a user, which must be want and nothing else.
func (p *probe) listsUser(ctx context.Context, user string, want records) {
	if p.ok() {
		p.yields("ListUser", p.listUser(ctx, user), want)
	}
}

// yields reads a list, which must be of want, each record once.
func (p *probe) yields(call string, list listed, want records) {
	got, err := collect(list)
	if err != nil {
		p.failf("%s %w", call, err)
		return
	}
	for key, rec := range want {
		other, ok := got[key]
		if !ok {
			p.failf("%s yielded %d records, and not one that is there", call, len(got))
			return
		}
		if err := differ(other, rec); err != nil {
			p.failf("%s yielded another record than is there: %w", call, err)
			return
		}
	}
	if len(got) > len(want) {
		p.failf("%s yielded %d records, want %d", call, len(got), len(want))
	}
}

// collect reads a list, which must not fail, nor yield a key twice. Its errors follow the name of the call.
func collect(list listed) (records, error) {
	got := records{}
	for e, err := range list {
		if err != nil {
			return nil, fmt.Errorf("failed with %w", err)
		}
		if _, twice := got[e.Key]; twice {
			return nil, errors.New("yielded a key twice")
		}
		got[e.Key] = e.Record
	}
	return got, nil
}

// fills saves n records, made by shape from samples, by several goroutines, and returns them as they are stored.
func (p *probe) fills(ctx context.Context, n int, shape func(i int, rec *store.Record)) records {
	const savers = 8
	parts := make([]records, savers)
	together(savers, func(saver int) {
		parts[saver] = records{}
		for i := saver; i < n; i += savers {
			rec := sample()
			shape(i, &rec)
			parts[saver][p.adds(ctx, rec)] = at(1, rec)
		}
	})
	all := records{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// adds inserts rec under a new key.
func (p *probe) adds(ctx context.Context, rec store.Record) store.Key {
	key := newKey()
	p.saves(ctx, key, rec)
	return key
}

// of returns rec as another user's.
func of(user string, rec store.Record) store.Record {
	rec.User = user
	return rec
}
