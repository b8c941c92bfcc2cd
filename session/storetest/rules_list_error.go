package storetest

import (
	"context"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func listContextEnded(ctx context.Context, p *probe) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()

	for _, n := range []int{0, 50} {
		held := p.fills(ctx, n, func(int, *store.Record) {})
		for call, list := range p.bothLists("ada") {
			p.when("a cancelled context and %d records", n)
			p.endsWith(cancelled, call, list(cancelled))
			p.when("a context past its deadline and %d records", n)
			p.endsWith(late, call, list(late))
		}
		for call, list := range p.bothLists("ada") {
			p.when("a context that is cancelled at the first of %d records", n)
			p.endsHalfway(ctx, call, list, len(held))
		}
	}
}

// endsWith reads a list with an ended context: one error.
func (p *probe) endsWith(ended context.Context, call string, list listed) {
	if !p.ok() {
		return
	}
	n := 0
	for e, err := range list {
		if n++; err == nil {
			p.failf("%s yielded an entry, want an error that wraps %q", call, ended.Err())
			return
		}
		p.wantContext(ended, call, err)
		p.noEntry(call, e)
	}
	if n != 1 {
		p.failf("%s yielded %d times, want an error and no more", call, n)
	}
}

// endsHalfway reads a list whose context ends at the first entry: it says that it is not whole, or it is.
func (p *probe) endsHalfway(ctx context.Context, call string, list func(context.Context) listed, whole int) {
	if !p.ok() {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n, failed := 0, false
	for e, err := range list(ctx) {
		if failed {
			p.failf("%s went on after an error", call)
			return
		}
		if err == nil {
			n++
			cancel()
			continue
		}
		failed = true
		p.wantContext(ctx, call, err)
		p.noEntry(call, e)
	}
	if !failed && n < whole {
		p.failf("%s ended after %d entries without an error", call, n)
	}
}

// noEntry looks at what came with an error.
func (p *probe) noEntry(call string, e store.Entry) {
	if e.Key != (store.Key{}) || differ(e.Record, store.Record{}) != nil {
		p.failf("%s yielded an entry with its error", call)
	}
}

func listErrorsTellNothing(ctx context.Context, p *probe) {
	held := p.fills(ctx, 20, func(_ int, rec *store.Record) { rec.Values = []byte("rather-secret-values-of-a-session") })
	for call, list := range p.bothLists("ada") {
		early, cancel := context.WithCancel(ctx)
		cancel()
		errs := []error{failure(list(early), func() {})}
		halfway, cancel := context.WithCancel(ctx)
		errs = append(errs, failure(list(halfway), cancel))
		cancel()
		for key, rec := range held {
			p.tellsNothing(call+" with a cancelled context", errs[0], key, rec)
			p.tellsNothing(call+" with a context that is cancelled meanwhile", errs[1], key, rec)
		}
	}
}

// failure reads a list and returns its error, nil where it has none. It calls atEntry at each entry.
func failure(list listed, atEntry func()) error {
	for _, err := range list {
		if err != nil {
			return err
		}
		atEntry()
	}
	return nil
}
