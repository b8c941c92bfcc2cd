package storetest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// An Op is a method of a store, or several of them: Load|Save.
type Op uint8

// The methods of a store, and those that some have besides.
const (
	Load Op = 1 << iota
	Save
	Delete

	List  // and ListUser; a call begins when its reader does
	Watch // begins to watch; see [Faulty.CutWatches] for what watches
	Import
	Measure // Usage

	AnyOp = Load | Save | Delete | List | Watch | Import | Measure
)

// Faulty is a store around another that fails and waits as a test says, to see what the code that uses it does then.
// Otherwise it hands every call on. Build it with [NewFaulty]; it is safe for concurrent use.
//
// A failure is set for one call (FailNext, FailNth, FailNthAfter) or for all until Heal (Fail, FailAfter). The former go
// first. Where two are set for the same call, the earlier one hits it, and the later one the call after it. A failure
// whose error is nil is none: the call it hits goes through.
//
// Besides the methods of a store it has Close and Usage only, whatever the store inside can do; [Faulty.Whole] is for those
// who look for more.
type Faulty struct {
	inner store.Store

	mu      sync.Mutex
	calls   map[Op]int    // how many of each have begun
	begun   chan struct{} // closed at the next call
	once    []fault
	lasting []fault
	holds   []*hold
	watches map[*context.CancelCauseFunc]bool // each ends a Watch
}

// A fault is what a call gets in place of its result.
type fault struct {
	op    Op
	n     int // hits the n-th call from now; no meaning where it lasts
	err   error
	after bool // the call does its work first
}

type hold struct {
	op       Op
	released chan struct{}
}

var _ store.Store = (*Faulty)(nil)

// NewFaulty returns a store that hands every call on to inner until it is told to fail.
func NewFaulty(inner store.Store) *Faulty {
	return &Faulty{
		inner: inner, calls: map[Op]int{}, begun: make(chan struct{}), watches: map[*context.CancelCauseFunc]bool{},
	}
}

// Fail makes every call of op return err, without doing anything, until Heal.
func (f *Faulty) Fail(op Op, err error) { f.last(fault{op: op, err: err}) }

// FailAfter makes every call of op do its work and then return err, as when an answer is lost, until Heal.
func (f *Faulty) FailAfter(op Op, err error) { f.last(fault{op: op, err: err, after: true}) }

// FailNext makes the next call of op return err without doing anything.
func (f *Faulty) FailNext(op Op, err error) { f.FailNth(op, 1, err) }

// FailNth makes the n-th call of op from now return err without doing anything. 1 is the next call, and less is too.
func (f *Faulty) FailNth(op Op, n int, err error) { f.hit(fault{op: op, n: n, err: err}) }

// FailNthAfter makes the n-th call of op from now do its work and then return err, as when the answer is lost.
func (f *Faulty) FailNthAfter(op Op, n int, err error) {
	f.hit(fault{op: op, n: n, err: err, after: true})
}

// Heal takes back every failure that was set. Calls that are held stay held.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.once, f.lasting = nil, nil
}

// Hold makes calls of op wait, before they do anything, until release is called; release may be called more than once. A
// call whose context ends meanwhile returns an error that wraps the context's, and does nothing.
func (f *Faulty) Hold(op Op) (release func()) {
	h := &hold{op: op, released: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holds = append(f.holds, h)
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.holds = slices.DeleteFunc(f.holds, func(other *hold) bool { return other == h })
		close(h.released)
	})
}

// Calls returns how many calls of op have begun, those that failed or are held included.
func (f *Faulty) Calls(op Op) int {
	n, _ := f.count(op)
	return n
}

// Await returns nil once n calls of op have begun, counted as Calls does, and an error that wraps the context's where it
// ends before that.
func (f *Faulty) Await(ctx context.Context, op Op, n int) error {
	for {
		got, next := f.count(op)
		if got >= n {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return fmt.Errorf("storetest: %d calls have begun, not %d: %w", got, n, ctx.Err())
		}
	}
}

// Load is the inner store's Load, unless the test says otherwise.
func (f *Faulty) Load(ctx context.Context, key store.Key) (rec store.Record, err error) {
	err = f.call(ctx, Load, func() error {
		rec, err = f.inner.Load(ctx, key)
		return err
	})
	if err != nil {
		return store.Record{}, err
	}
	return rec, nil
}

// Save is the inner store's Save, unless the test says otherwise.
func (f *Faulty) Save(ctx context.Context, key store.Key, rec store.Record) error {
	return f.call(ctx, Save, func() error { return f.inner.Save(ctx, key, rec) })
}

// Delete is the inner store's Delete, unless the test says otherwise.
func (f *Faulty) Delete(ctx context.Context, key store.Key, until time.Time) error {
	return f.call(ctx, Delete, func() error { return f.inner.Delete(ctx, key, until) })
}

// Usage is the inner store's Usage, unless the test says otherwise. Where that is no [store.Measurer], the error wraps
// [store.ErrNotMeasured].
func (f *Faulty) Usage(ctx context.Context) (u store.Usage, err error) {
	m, ok := f.inner.(store.Measurer)
	if !ok {
		return store.Usage{}, fmt.Errorf("storetest: usage of a %T: %w", f.inner, store.ErrNotMeasured)
	}
	err = f.call(ctx, Measure, func() error {
		u, err = m.Usage(ctx)
		return err
	})
	if err != nil {
		return store.Usage{}, err
	}
	return u, nil
}

// Close closes the inner store if it is an [io.Closer].
func (f *Faulty) Close() error {
	if c, ok := f.inner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// call runs work as the faults and holds say that were set when the call began.
func (f *Faulty) call(ctx context.Context, op Op, work func() error) error {
	fault, holds := f.begin(op)
	for _, h := range holds {
		select {
		case <-h.released:
		case <-ctx.Done():
			return fmt.Errorf("storetest: a call was held: %w", ctx.Err())
		}
	}
	if fault.err == nil {
		return work()
	}
	if fault.after {
		_ = work() // the caller never hears of it
	}
	return fault.err
}

// begin counts the call and returns its fault, the zero one where it has none, and what holds it.
func (f *Faulty) begin(op Op) (fault, []*hold) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[op]++
	close(f.begun)
	f.begun = make(chan struct{})

	var holds []*hold
	for _, h := range f.holds {
		if h.op&op != 0 {
			holds = append(holds, h)
		}
	}
	if hit, ok := f.takeOnce(op); ok {
		return hit, holds
	}
	for _, l := range slices.Backward(f.lasting) {
		if l.op&op != 0 {
			return l, holds
		}
	}
	return fault{}, holds
}

// takeOnce brings the faults that are set for one call nearer to theirs, and removes and returns the one that has come.
func (f *Faulty) takeOnce(op Op) (fault, bool) {
	hit := -1
	for i := range f.once {
		switch once := &f.once[i]; {
		case once.op&op == 0:
		case once.n > 1:
			once.n--
		case hit < 0:
			hit = i
		}
	}
	if hit < 0 {
		return fault{}, false
	}
	taken := f.once[hit]
	f.once = slices.Delete(f.once, hit, hit+1)
	return taken, true
}

func (f *Faulty) hit(once fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.once = append(f.once, once)
}

func (f *Faulty) last(lasting fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lasting = append(f.lasting, lasting)
}

func (f *Faulty) count(op Op) (n int, next <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for called, times := range f.calls {
		if called&op != 0 {
			n += times
		}
	}
	return n, f.begun
}
