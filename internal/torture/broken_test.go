package torture_test

import (
	"context"
	"errors"
	"iter"
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
	listsNotAll     = "leaves a session out of each list"
	forgetsStamps   = "forgets whose sessions were revoked"
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
	case s.flaw == losesSome && rec.Version%5 == 4, s.flaw == forgetsStamps && isStamp(rec):
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

// isStamp reports whether a record is no session's, but says until when sessions are revoked.
func isStamp(rec session.Record) bool { return len(rec.Values) > 0 && rec.Values[0] == 0 }

// ListUser is the memory's, or all but the first.
func (s *broken) ListUser(ctx context.Context, user string) iter.Seq2[session.Entry, error] {
	return func(yield func(session.Entry, error) bool) {
		leave := s.flaw == listsNotAll
		for e, err := range s.Store.ListUser(ctx, user) {
			if !leave && !yield(e, err) {
				return
			}
			leave = false
		}
	}
}

func newBroken(t *testing.T, flaw string) *broken {
	t.Helper()
	memory, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	return &broken{Store: memory, flaw: flaw, old: map[session.Key]session.Record{}}
}

// managerOf returns one of the processes that share a store.
func managerOf(t *testing.T, s session.Store) *session.Manager {
	t.Helper()
	m, err := session.New(optionsFor(session.Options{Store: s, Logger: slog.New(slog.DiscardHandler)}))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBrokenStoresAreCaught(t *testing.T) {
	for _, flaw := range []string{forgetsVersions, revives, readsOld, losesSome, listsNotAll} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			f := inProcess(t, managerOf(t, newBroken(t, flaw)))
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

// Where one process does not hear that another has revoked everybody's sessions, they go on there.
func TestARevocationThatDoesNotGetAroundIsCaught(t *testing.T) {
	t.Parallel()
	s := newBroken(t, forgetsStamps)
	l := newLoad(t, &fleet{urls: append(inProcess(t, managerOf(t, s)).urls, inProcess(t, managerOf(t, s)).urls...)})
	const patience = 300 * time.Millisecond // and requests go on for long after that
	if a := (&administrator{load: l, patience: patience}); l.run(t, 6*patience, a.revokesNowAndThen) == 0 || a.slowest < patience {
		t.Errorf("it has got around in %v", a.slowest)
	}
	if len(l.verdict(t, 1)) == 0 {
		t.Error("a store that breaks its promise was not caught")
	}
}
