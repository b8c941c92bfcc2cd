package migration

import (
	"context"
	"errors"
	"iter"

	"github.com/proapi-go/proapi/session/store"
)

// lister is the part of a store over two that can list.
type lister struct{ both *both }

// List yields the records of both stores. See [store.Lister]. It remembers the keys of those that the old store still has.
func (l lister) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return l.both.union(ctx, store.Lister.List)
}

// ListUser yields the user's records in both stores. See [store.Lister].
func (l lister) ListUser(ctx context.Context, user string) iter.Seq2[store.Entry, error] {
	return l.both.union(ctx, func(s store.Lister, ctx context.Context) iter.Seq2[store.Entry, error] {
		return s.ListUser(ctx, user)
	})
}

// A lists is one of a Lister's methods, with the store left open.
type lists func(store.Lister, context.Context) iter.Seq2[store.Entry, error]

// union yields what is listed in from, and then what is listed in to. In this order a session that moves meanwhile is
// yielded: by the first list before it has moved, by the second after. What the first has yielded is not yielded again.
func (b *both) union(ctx context.Context, list lists) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		yielded := map[store.Key]bool{}
		whole := each(list(b.from.(store.Lister), ctx), yield, func(e store.Entry) (store.Entry, bool, error) {
			e, ok, err := b.unmoved(ctx, e)
			if ok {
				yielded[e.Key] = true
			}
			return e, ok, err
		})
		if whole {
			each(list(b.to.(store.Lister), ctx), yield, func(e store.Entry) (store.Entry, bool, error) {
				return e, read(e.Record).state == present && !yielded[e.Key], nil
			})
		}
	}
}

// each yields the entries that pick picks, as it returns them, up to the first error, and reports whether there was none
// and all were wanted.
func each(list iter.Seq2[store.Entry, error], yield func(store.Entry, error) bool, pick func(store.Entry) (store.Entry, bool, error)) bool {
	for e, err := range list {
		ok := false
		if err == nil {
			e, ok, err = pick(e)
		}
		if err != nil {
			yield(store.Entry{}, wrap("list", err))
			return false
		}
		if ok && !yield(e, nil) {
			return false
		}
	}
	return true
}

// unmoved returns the session that an entry of from stands for, and false where to has it. One that is on its way may be
// in neither list.
func (b *both) unmoved(ctx context.Context, e store.Entry) (store.Entry, bool, error) {
	p := read(e.Record)
	if p.state != moving {
		return e, p.state == present, nil
	}
	e.Record = p.session
	_, err := b.to.Load(ctx, e.Key)
	if errors.Is(err, store.ErrNotFound) {
		return e, !isEnded(err), nil
	}
	return e, false, err
}
