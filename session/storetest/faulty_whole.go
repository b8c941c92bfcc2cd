package storetest

import (
	"context"

	"github.com/proapi-go/proapi/session/store"
)

// Whole returns f with what the store inside can do besides: it is a [store.Lister], a [store.Notifier] and a
// [store.Importer] where that is one, and fails and waits in those methods too. A list that fails yields its error in
// place of the entries; one that fails after its work, behind them.
func (f *Faulty) Whole() store.Store {
	lists, isLister := f.inner.(store.Lister)
	tells, isNotifier := f.inner.(store.Notifier)
	takes, isImporter := f.inner.(store.Importer)
	l, n, i := faultyLister{f, lists}, faultyNotifier{f, tells}, faultyImporter{f, takes}
	type parts struct{ lists, tells, takes bool }
	switch (parts{isLister, isNotifier, isImporter}) {
	case parts{true, true, true}:
		return struct {
			*Faulty
			store.Lister
			store.Notifier
			store.Importer
		}{f, l, n, i}
	case parts{true, true, false}:
		return struct {
			*Faulty
			store.Lister
			store.Notifier
		}{f, l, n}
	case parts{true, false, true}:
		return struct {
			*Faulty
			store.Lister
			store.Importer
		}{f, l, i}
	case parts{false, true, true}:
		return struct {
			*Faulty
			store.Notifier
			store.Importer
		}{f, n, i}
	case parts{true, false, false}:
		return struct {
			*Faulty
			store.Lister
		}{f, l}
	case parts{false, true, false}:
		return struct {
			*Faulty
			store.Notifier
		}{f, n}
	case parts{false, false, true}:
		return struct {
			*Faulty
			store.Importer
		}{f, i}
	}
	return f
}

// CutWatches makes each Watch that has begun return err, as when its connection is lost. It is [Faulty.Whole]'s.
func (f *Faulty) CutWatches(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for cut := range f.watches {
		(*cut)(err)
	}
}

type faultyLister struct {
	faulty *Faulty
	inner  store.Lister
}

func (l faultyLister) List(ctx context.Context) listed { return l.yields(ctx, l.inner.List(ctx)) }

func (l faultyLister) ListUser(ctx context.Context, user string) listed {
	return l.yields(ctx, l.inner.ListUser(ctx, user))
}

func (l faultyLister) yields(ctx context.Context, list listed) listed {
	return func(yield func(store.Entry, error) bool) {
		stopped := false
		err := l.faulty.call(ctx, List, func() error {
			for e, err := range list {
				if err != nil {
					return err
				}
				if stopped = !yield(e, nil); stopped {
					return nil
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(store.Entry{}, err)
		}
	}
}

type faultyNotifier struct {
	faulty *Faulty
	inner  store.Notifier
}

func (n faultyNotifier) Watch(ctx context.Context, ready func(), deleted func(store.Key)) error {
	return n.faulty.call(ctx, Watch, func() error {
		watching, cut := context.WithCancelCause(ctx)
		defer cut(nil)
		defer n.faulty.noteWatch(&cut)()
		err := n.inner.Watch(watching, ready, deleted)
		if cause := context.Cause(watching); cause != nil && ctx.Err() == nil {
			return cause
		}
		return err
	})
}

// noteWatch keeps what ends a Watch, until forget is called.
func (f *Faulty) noteWatch(cut *context.CancelCauseFunc) (forget func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watches[cut] = true
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watches, cut)
	}
}

type faultyImporter struct {
	faulty *Faulty
	inner  store.Importer
}

func (i faultyImporter) Import(ctx context.Context, key store.Key, rec store.Record) error {
	return i.faulty.call(ctx, Import, func() error { return i.inner.Import(ctx, key, rec) })
}
