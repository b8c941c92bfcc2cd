package torture_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// A broken store breaks one promise, and keeps the others.
type broken struct {
	*memstore.Store
	flaw string

	mu    sync.Mutex
	loads int
	old   map[session.Key]session.Record // what each record was before its last change
}

const (
	forgetsVersions = "compares no versions"
	revives         = "saves what was deleted"
	readsOld        = "reads an old copy now and then"
	losesSome       = "forgets a save now and then"
)

// Load is the memory's, or an old copy.
func (s *broken) Load(ctx context.Context, key session.Key) (session.Record, error) {
	rec, err := s.Store.Load(ctx, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if old, ok := s.old[key]; ok && err == nil && s.flaw == readsOld && s.loads%20 == 0 {
		return old, nil
	}
	return rec, err
}

// Save is the memory's, except where it is broken.
func (s *broken) Save(ctx context.Context, key session.Key, rec session.Record) error {
	if s.flaw == forgetsVersions || s.flaw == revives {
		wait(ctx.Done(), time.Millisecond) // for another to come between
	}
	now, err := s.Store.Load(ctx, key)
	switch {
	case s.flaw == forgetsVersions && err == nil:
		rec.Version = now.Version
	case s.flaw == revives && errors.Is(err, session.ErrNotFound):
		rec.Version = 0
	case s.flaw == losesSome && rec.Version%5 == 4:
		return nil
	}
	if err == nil {
		s.mu.Lock()
		s.old[key] = now
		s.mu.Unlock()
	}
	return s.Store.Save(ctx, key, rec)
}

// Delete is the memory's, or leaves no tombstone.
func (s *broken) Delete(ctx context.Context, key session.Key, until time.Time) error {
	if s.flaw == revives {
		until = time.Now()
	}
	return s.Store.Delete(ctx, key, until)
}

func TestBrokenStoresAreCaught(t *testing.T) {
	for _, flaw := range []string{forgetsVersions, revives, readsOld, losesSome} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			memory, err := memstore.New(memstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = memory.Close() }()
			m, err := session.New(optionsFor(session.Options{
				Store: &broken{Store: memory, flaw: flaw, old: map[session.Key]session.Record{}}, Logger: slog.New(slog.DiscardHandler),
			}))
			if err != nil {
				t.Fatal(err)
			}
			f := inProcess(t, m)
			for range 20 {
				l := newLoad(t, f)
				if l.run(t, 300*time.Millisecond); len(l.verdict(t, 0)) > 0 {
					return
				}
			}
			t.Error("a store that breaks its promise was not caught")
		})
	}
}
