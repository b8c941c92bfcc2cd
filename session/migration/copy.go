package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// CopyOptions are the settings of a Copy. The zero value of each field is its default.
type CopyOptions struct {
	// Workers is how many sessions are moved at a time; 0 is 8. Each holds one session in memory.
	Workers int

	// Count lists the old store once before, so that progress can say how much remains.
	Count bool

	// Progress is told how far the copy has come, every Interval and at the end. Its calls come one after the other.
	Progress func(Progress)

	// Interval is how often Progress is called; 0 is 1 second.
	Interval time.Duration
}

// patience bounds how long a session's move may take, so that none is under way when Copy has long ended.
const patience = 30 * time.Second

// Copy moves every session that is still in from to the other store, and ends those moves that somebody began and did not
// finish. from must be a [store.Lister], and to a [store.Importer].
//
// It is run in the phase Switch, while requests go on, when no process is left that saves to the old store: not beside
// one that uses the old store alone, which would take marks for broken sessions. When it returns nil, every session has
// moved, and the processes can go on to the new store alone.
//
// It ends at the first error, the context's included, and may be run again: what has moved is skipped. Its memory does not
// grow with the number of sessions, apart from what from takes to list them.
func Copy(ctx context.Context, from, to store.Store, o CopyOptions) (Progress, error) {
	importer, err := check(from, to)
	lists, ok := from.(store.Lister)
	if err == nil && !ok {
		err = fmt.Errorf("migration: a %T cannot tell what it holds: it is no store.Lister", from)
	}
	if o.Workers < 0 || o.Interval < 0 {
		err = errors.Join(err, errors.New("migration: Workers and Interval are above 0, or 0 for their defaults"))
	}
	if err != nil {
		return Progress{}, err
	}
	c := &copier{both: newBoth(from, to, importer, Switch), lists: lists}
	if o.Count {
		if err := c.count(ctx); err != nil {
			return Progress{}, err
		}
	}
	stop := c.report(&o)
	err = c.run(ctx, cmp.Or(o.Workers, 8))
	stop()
	return c.now(), err
}

// copier is a Copy under way.
type copier struct {
	both  *both
	lists store.Lister
	begun time.Time

	mu       sync.Mutex
	progress Progress
}

func (c *copier) count(ctx context.Context) error {
	for _, err := range c.lists.List(ctx) {
		if err != nil {
			return wrap("count the sessions", err)
		}
		c.progress.Total++
	}
	return nil
}

// run moves what the old store lists, by so many goroutines, which have ended when it returns.
func (c *copier) run(ctx context.Context, workers int) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	entries := make(chan store.Entry)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for e := range entries {
				if err := c.one(ctx, e); err != nil {
					fail(err)
				}
			}
		})
	}
	err := c.feed(ctx, entries)
	close(entries)
	all.Wait()
	return cmp.Or(context.Cause(ctx), err)
}

// feed hands the old store's records to the workers, until the context ends.
func (c *copier) feed(ctx context.Context, entries chan<- store.Entry) error {
	for e, err := range c.lists.List(ctx) {
		if err != nil {
			return wrap("list the old store", err)
		}
		select {
		case entries <- e:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// one sees to it that a session is in the new store, or has ended.
func (c *copier) one(ctx context.Context, e store.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p := read(e.Record)
	var err error
	for {
		switch p.state {
		case present:
			err = c.both.move(ctx, e.Key, p)
		case moving:
			err = c.both.finish(ctx, e.Key, p)
		}
		if !errors.Is(err, store.ErrConflict) {
			break
		}
		if p, err = c.both.look(ctx, e.Key); err != nil {
			return err
		}
		c.add(func(n *Progress) { n.Conflicts++ })
	}
	if err == nil {
		c.add(func(n *Progress) { n.tally(p.state) })
	}
	return err
}

// tally counts a record by the state that it was found in.
func (p *Progress) tally(s state) {
	p.Done++
	switch s {
	case present, moving:
		p.Moved++
	case nothing, ended:
		p.Gone++
	default:
		p.Skipped++
	}
}

func (c *copier) add(f func(*Progress)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.progress)
}

func (c *copier) now() Progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.progress
	p.Elapsed = time.Since(c.begun)
	return p
}

// report tells of the progress until stop is called, and once more then.
func (c *copier) report(o *CopyOptions) (stop func()) {
	c.begun = time.Now()
	if o.Progress == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		ticker := time.NewTicker(cmp.Or(o.Interval, time.Second))
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				o.Progress(c.now())
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		all.Wait()
		o.Progress(c.now())
	}
}
