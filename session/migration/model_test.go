package migration_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/migration"
	"github.com/proapi-go/proapi/session/store"
)

// The model: a few processes in neighbouring phases use one session. Each call of a store is a step, at which the
// scheduler chooses who goes next, and whether his process is killed there or hears an error after the work was done.

var (
	errKilled = errors.New("killed")
	errLost   = errors.New("the answer is lost")
	modelKey  = store.Key{1}
	far       = time.Now().UTC().Truncate(time.Microsecond).Add(time.Hour)
	past      = far.Add(-2 * time.Hour)
)

// A world is two stores, what was promised about the session in them, and what was found to be wrong.
type world struct {
	from, to *movetest.Memory
	flaw     flaw
	acked    []string        // what was added, and acknowledged
	dead     []string        // what was added, and acknowledged, before somebody ended the session, which is acknowledged too
	versions map[uint64]bool // that saves were acknowledged to have made
	ending   bool            // somebody has begun to end the session
	refuses  bool            // Delete until far is acknowledged
	reborn   bool            // the key was used again after its end: a version says no more which session it is of, with any store
	steps    []string
	faults   []string
}

func (w *world) faultf(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// An actor is a process and what it does.
type actor struct {
	name  string
	phase string // "old", "prepare", "switch", "new"
	do    func(p *process)
}

// A process is an actor at work.
type process struct {
	*world
	name   string
	yield  func() bool
	killed bool
	lose   bool // the next call's answer
	store  store.Store
	raw    [2]stepping
}

func (w *world) start(a actor) (p *process, step func() bool, kill func()) {
	p = &process{world: w, name: a.name}
	p.raw = [2]stepping{{p, w.from, true}, {p, w.to, false}}
	switch a.phase {
	case "old":
		p.store = p.raw[0]
	case "new":
		p.store = p.raw[1]
	default:
		s, err := migration.New(p.raw[0], p.raw[1], migration.Phase(a.phase))
		if err != nil {
			panic(err)
		}
		p.store = s
	}
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		p.yield = func() bool { return yield(struct{}{}) }
		a.do(p)
	})
	return p, func() bool { _, more := next(); return more }, stop
}

// stepping is a store that waits for its turn before each call.
type stepping struct {
	p     *process
	inner *movetest.Memory
	old   bool
}

func (s stepping) call(work func() error) error {
	if !s.p.killed && !s.p.yield() {
		s.p.killed = true
	}
	if s.p.killed { // it may have been killed while it waited
		return errKilled
	}
	err := work()
	if s.p.lose {
		s.p.lose = false
		return errLost
	}
	return err
}

func (s stepping) Load(ctx context.Context, key store.Key) (rec store.Record, err error) {
	err = s.call(func() error { rec, err = s.inner.Load(ctx, key); return err })
	s.tell("loads", rec, err)
	return rec, err
}

// tell records a step for the report of a fault.
func (s stepping) tell(what string, rec store.Record, err error) {
	where, kind := "new", string(rune(migration.StateOf(rec)))
	if s.old {
		where = "old"
	}
	if kind == "\x00" {
		kind = string(rec.Values)
	}
	s.p.steps = append(s.p.steps, fmt.Sprintf("%s %s %s %d %s: %v", s.p.name, what, where, rec.Version, kind, err))
}

func (s stepping) Save(ctx context.Context, key store.Key, rec store.Record) error {
	err := s.call(func() error { return s.p.flaw.save(ctx, s, key, rec) })
	s.tell("saves", rec, err)
	return err
}

func (s stepping) Delete(ctx context.Context, key store.Key, until time.Time) error {
	err := s.call(func() error { return s.p.flaw.delete(ctx, s, key, until) })
	s.tell("deletes", store.Record{}, err)
	return err
}

func (s stepping) Import(ctx context.Context, key store.Key, rec store.Record) error {
	err := s.call(func() error {
		if s.p.flaw == insertsUnmarked && s.old {
			return nil
		}
		return s.inner.Import(ctx, key, rec)
	})
	s.tell("imports", rec, err)
	return err
}

// A flaw breaks the scheme, to see that the model finds it.
type flaw string

const (
	insertsUnmarked flaw = "a new session is stored in the new store without a mark in the old one"
	marksBlindly    flaw = "a mark replaces whatever version there is"
	movesUnmarked   flaw = "a session is brought to the new store without a mark in the old one"
	expiresAtOnce   flaw = "a moved session that ends by a save keeps no place in the new store"
	deletesShortly  flaw = "a moved session's tombstone in the new store ends at once"
	deletesOneOnly  flaw = "a delete reaches the old store alone"
	deletesUncared  flaw = "a session in the old store is not ended before it is deleted"
)

func (f flaw) save(ctx context.Context, s stepping, key store.Key, rec store.Record) error {
	state := migration.StateOf(rec)
	switch {
	case f == insertsUnmarked && state == migration.Fenced,
		f == movesUnmarked && state == migration.Moving,
		f == deletesUncared && s.old && rec.User == "" && rec.Expired(time.Now()):
		return nil
	case f == marksBlindly && state == migration.Moving:
		if now, err := s.inner.Load(ctx, key); err == nil {
			rec.Version = now.Version
		}
	case f == expiresAtOnce && state == migration.Spent:
		rec.Expires = past
	}
	return s.inner.Save(ctx, key, rec)
}

func (f flaw) delete(ctx context.Context, s stepping, key store.Key, until time.Time) error {
	switch {
	case f == deletesOneOnly && !s.old:
		return nil
	case f == deletesShortly && !s.old:
		until = past
	}
	return s.inner.Delete(ctx, key, until)
}

// What processes do, as the engine does it.

// add changes the session, or begins one.
func add(what string) func(p *process) {
	return func(p *process) {
		for range 6 {
			rec, known, ok := p.load()
			if !ok || !known && p.ending {
				return
			}
			if done, _ := p.save(rec, what, far); done {
				return
			}
		}
	}
}

// insert stores a session of which the process knows nothing.
func insert(what string) func(p *process) {
	return func(p *process) {
		if done, _ := p.save(store.Record{}, what, far); !done {
			p.load()
		}
	}
}

// look loads the session twice.
func look(p *process) { p.load(); p.load() }

// expire ends the session by a save that has expired, as a renewal does.
func expire(p *process) {
	for range 6 {
		rec, known, ok := p.load()
		if !ok || !known {
			return
		}
		p.ending = true
		before := len(p.acked)
		done, err := p.save(rec, "end", past)
		if err == nil && done {
			p.dead = append(p.dead, p.acked[:before]...)
		}
		if done {
			return
		}
	}
}

// remove deletes the session until a time.
func remove(until time.Time) func(p *process) {
	return func(p *process) {
		p.ending = true
		before := len(p.acked)
		if p.store.Delete(context.Background(), modelKey, until) == nil {
			p.dead, p.refuses = append(p.dead, p.acked[:before]...), p.refuses || until.After(time.Now())
		}
	}
}

// renew moves the session away: an expired save, then a delete.
func renew(p *process) { expire(p); remove(far)(p) }

// copyOne is Copy.
func copyOne(p *process) {
	err := migration.CopyOne(context.Background(), p.raw[0], p.raw[1], modelKey)
	if err != nil && !errors.Is(err, errKilled) && !errors.Is(err, errLost) {
		p.faultf("%s: the copy fails: %v", p.name, err)
	}
}

// load loads the session and says whether there is one, and whether the store could tell.
func (p *process) load() (rec store.Record, known, ok bool) {
	acked, dead, refuses := len(p.acked), len(p.dead), p.refuses
	rec, err := p.store.Load(context.Background(), modelKey)
	if p.store == p.raw[1] && migration.StateOf(rec) == migration.Spent {
		return store.Record{}, false, true // values that the engine does not use
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		if acked > 0 && !p.ending {
			p.faultf("%s finds no session, and %s was stored", p.name, p.acked[:acked])
		}
		return store.Record{}, false, true
	case err != nil:
		return rec, false, false
	case migration.StateOf(rec) != 0:
		p.faultf("%s loads a mark", p.name)
	case refuses:
		p.faultf("%s finds a session that was deleted", p.name)
	}
	for _, what := range p.dead[:dead] {
		if strings.Contains(string(rec.Values), what) && !p.reborn {
			p.faultf("%s finds %s, of which %s had ended", p.name, rec.Values, what)
		}
	}
	for _, what := range p.acked[:acked] {
		if !strings.Contains(string(rec.Values), what) && !p.ending {
			p.faultf("%s finds %s, without %s", p.name, rec.Values, what)
		}
	}
	return rec, true, true
}

// save saves what was loaded with an addition, and reports whether that is over: not where it conflicts.
func (p *process) save(rec store.Record, what string, expires time.Time) (done bool, err error) {
	rec.Values = append(rec.Values, what+";"...)
	rec.Expires, rec.User = expires, "ada"
	refuses := p.refuses
	err = p.store.Save(context.Background(), modelKey, rec)
	p.reborn = p.reborn || rec.Version == 0 && p.ending && !errors.Is(err, store.ErrConflict)
	switch {
	case errors.Is(err, store.ErrConflict):
		return false, err
	case err != nil:
		return true, err
	case refuses:
		p.faultf("%s stores a session that was deleted", p.name)
	case p.versions[rec.Version+1] && !p.ending:
		p.faultf("%s makes version %d, and somebody has", p.name, rec.Version+1)
	}
	if expires.Equal(far) {
		p.acked = append(p.acked, what+";")
		p.versions[rec.Version+1] = true
	}
	return true, nil
}

// check looks, after each step, whether two stores take changes of one session.
func (w *world) check() {
	old, err := w.from.Load(context.Background(), modelKey)
	if err != nil || migration.StateOf(old) != 0 || w.reborn {
		return
	}
	if rec, err := w.to.Load(context.Background(), modelKey); err == nil && migration.StateOf(rec) == 0 {
		w.faultf("the session is in both stores: %s, %s", old.Values, rec.Values)
	}
}

// conclude looks at what remains when everybody is done.
func (w *world) conclude() {
	for _, a := range []actor{
		{"then Switch", "switch", look},
		{"then Prepare", "prepare", look},
		{"then Switch", "switch", look},
		{"the copy", "switch", copyOne},
		{"then the new store", "new", look},
	} {
		_, step, kill := w.start(a)
		for len(w.faults) == 0 && step() {
		}
		kill()
	}
	old, err := w.from.Load(context.Background(), modelKey)
	if state := migration.StateOf(old); err == nil && (state == 0 || state == migration.Moving) {
		w.faultf("after the copy the old store has the session still")
	}
	if !w.refuses {
		return
	}
	for version := range uint64(8) {
		for _, phase := range phases {
			s, _ := migration.New(w.from, w.to, phase)
			rec := store.Record{Version: version, Expires: far}
			if err := s.Save(context.Background(), modelKey, rec); !errors.Is(err, store.ErrConflict) {
				w.faultf("a deleted session takes a save of version %d: %v", version, err)
			}
		}
	}
}
