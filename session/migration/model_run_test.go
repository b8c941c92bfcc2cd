package migration_test

import (
	"context"
	"fmt"
	"math/rand/v2" //nolint:depguard // runs that a seed repeats
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/migration"
	"github.com/proapi-go/proapi/session/store"
)

// A beginning is what the stores hold at first.
type beginning struct {
	name   string
	set    func(w *world)
	copied bool // as it can be when Copy has ended
	plain  bool // as it can be when no process was in Switch yet
}

func sessionAt(version uint64) store.Record {
	return store.Record{Version: version, Created: past, Seen: past, Expires: far, User: "ada", Values: []byte("s;")}
}

func (w *world) place(s *movetest.Memory, rec store.Record) {
	if err := s.Import(context.Background(), modelKey, rec); err != nil {
		panic(err)
	}
}

func marked(state byte, version uint64) store.Record {
	rec := migration.MarkOf(state, far)
	rec.Version = version
	return rec
}

func halfMoved() store.Record {
	m := migration.MarkMoving(sessionAt(2))
	m.Version = 3
	return m
}

var beginnings = []beginning{
	{"nothing", func(*world) {}, true, true},
	{"in the old store", func(w *world) { w.place(w.from, sessionAt(2)); w.stored() }, false, true},
	{"marked, not brought", func(w *world) { w.place(w.from, halfMoved()); w.stored() }, false, false},
	{"marked, brought", func(w *world) { w.place(w.from, halfMoved()); w.place(w.to, sessionAt(2)); w.stored() }, false, false},
	{"marked, brought, changed", func(w *world) { w.place(w.from, halfMoved()); w.place(w.to, sessionAt(5)); w.stored() }, false, false},
	{"moved", func(w *world) { w.place(w.from, marked(migration.Moved, 4)); w.place(w.to, sessionAt(4)); w.stored() }, true, false},
	{"marked for a new one", func(w *world) { w.place(w.from, marked(migration.Fenced, 1)) }, true, false},
	{"begun in the new store", func(w *world) {
		w.place(w.from, marked(migration.Fenced, 1))
		w.place(w.to, sessionAt(1))
		w.stored()
	}, true, false},
	{"in the new store alone", func(w *world) { w.place(w.to, sessionAt(3)); w.stored() }, true, false},
}

func (w *world) stored() { w.acked = []string{"s;"} }

func newWorld(b beginning, f flaw) *world {
	w := &world{from: &movetest.Memory{}, to: &movetest.Memory{}, versions: map[uint64]bool{}, flaw: f}
	b.set(w)
	return w
}

// A chooser chooses one of n.
type chooser func(n int) int

// run plays the actors on. An actor goes on until he is done, but for up to so many interruptions, after which another one
// does, and has up to so many accidents.
func (w *world) run(actors []actor, choose chooser, interruptions, accidents int) {
	type running struct {
		p    *process
		step func() bool
		kill func()
	}
	var all []running
	for _, a := range actors {
		p, step, kill := w.start(a)
		defer kill()
		if step() {
			all = append(all, running{p, step, kill})
		}
	}
	i, fresh := 0, true
	for len(all) > 0 && len(w.faults) == 0 {
		switch {
		case fresh:
			i = choose(len(all))
		case interruptions > 0 && len(all) > 1:
			if next := choose(len(all)); next != 0 {
				interruptions--
				i = (i + next) % len(all)
			}
		}
		if accidents > 0 {
			switch choose(8) {
			case 0:
				accidents--
				all[i].p.killed = true
			case 1:
				accidents--
				all[i].p.lose = true
			}
		}
		if fresh = !all[i].step(); fresh {
			all = append(all[:i:i], all[i+1:]...)
		}
		w.check()
	}
	if len(w.faults) == 0 {
		w.conclude()
	}
}

// exhaust plays every order of the actors' steps that has up to so many interruptions, and returns their number, and the first that is wrong.
func exhaust(b beginning, actors []actor, interruptions int) (runs int, fault string) {
	var path, width []int
	for {
		at := 0
		w := newWorld(b, "")
		w.run(actors, func(n int) int {
			if at == len(path) {
				path, width = append(path, 0), append(width, n)
			}
			at++
			return path[at-1]
		}, interruptions, 0)
		runs++
		if len(w.faults) > 0 {
			return runs, fmt.Sprintf("%s, order %v: %s", b.name, path, strings.Join(w.faults, "; "))
		}
		last := len(path) - 1
		for last >= 0 && path[last]+1 == width[last] {
			last--
		}
		if last < 0 {
			return runs, ""
		}
		path, width = path[:last+1], width[:last+1]
		path[last]++
	}
}

// pairs are the phases that run side by side, and what the stores can hold then.
var pairs = []struct {
	phases [2]string
	can    func(b beginning) bool
}{
	{[2]string{"old", "prepare"}, func(b beginning) bool { return b.plain }},
	{[2]string{"prepare", "prepare"}, func(beginning) bool { return true }},
	{[2]string{"prepare", "switch"}, func(beginning) bool { return true }},
	{[2]string{"switch", "switch"}, func(beginning) bool { return true }},
	{[2]string{"switch", "new"}, func(b beginning) bool { return b.copied }},
}

var deeds = map[string]func(name string) func(*process){
	"add":         add,
	"insert":      insert,
	"look":        func(string) func(*process) { return look },
	"expire":      func(string) func(*process) { return expire },
	"delete":      func(string) func(*process) { return remove(far) },
	"delete past": func(string) func(*process) { return remove(past) },
	"renew":       func(string) func(*process) { return renew },
}

func TestTwoProcessesInEveryOrder(t *testing.T) {
	runs := 0
	for _, pair := range pairs {
		for _, b := range beginnings {
			if !pair.can(b) {
				continue
			}
			for first, a := range deeds {
				for second, c := range deeds {
					n, fault := exhaust(b, []actor{{"A", pair.phases[0], a("A")}, {"B", pair.phases[1], c("B")}}, interruptions)
					if runs += n; fault != "" {
						t.Errorf("%v %s beside %s, %s", pair.phases, first, second, fault)
					}
				}
			}
		}
	}
	t.Logf("%d orders", runs)
}

// play plays one random run of three processes and a copy, with accidents.
func play(seed uint64, f flaw) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	names := []string{"add", "insert", "look", "expire", "delete", "delete past", "renew", "add", "add"}
	var actors []actor
	for i := range 2 + r.IntN(2) {
		name := fmt.Sprint(i)
		phase := []string{"prepare", "switch"}[r.IntN(2)]
		first, second := deeds[names[r.IntN(len(names))]](name+"a"), deeds[names[r.IntN(len(names))]](name+"b")
		actors = append(actors, actor{name, phase, func(p *process) { first(p); second(p) }})
	}
	actors = append(actors, actor{"copy", "switch", copyOne})
	w := newWorld(beginnings[r.IntN(len(beginnings))], f)
	w.run(actors, r.IntN, 2+r.IntN(12), r.IntN(3))
	if len(w.faults) > 0 {
		w.faults = append(w.faults, w.steps...)
	}
	return w.faults
}

func TestProcessesInRandomOrderWithAccidents(t *testing.T) {
	for seed := range uint64(randomRuns) {
		if faults := play(seed, ""); len(faults) > 0 {
			t.Fatalf("seed %d: %s", seed, strings.Join(faults, "\n"))
		}
	}
}

func TestTheModelFindsABrokenScheme(t *testing.T) {
	for _, f := range []flaw{insertsUnmarked, marksBlindly, movesUnmarked, expiresAtOnce, deletesShortly, deletesOneOnly, deletesUncared} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(200_000) {
				if faults := play(seed, f); len(faults) > 0 {
					t.Logf("seed %d: %s", seed, faults[0])
					return
				}
			}
			t.Error("the model does not find it")
		})
	}
}
