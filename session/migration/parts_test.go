package migration_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/migration"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestWhatCannotMoveIsRefused(t *testing.T) {
	m := &movetest.Memory{}
	plain := storetest.NewFaulty(m)
	for want, err := range map[string]error{
		"a store is missing":       second(migration.New(nil, m, migration.Switch)),
		"both stores are the same": second(migration.New(m, m, migration.Switch)),
		"no store.Importer":        second(migration.New(m, plain, migration.Switch)),
		`the phase is "later"`:     second(migration.New(plain, m, "later")),
		"no store.Lister":          second(migration.Copy(t.Context(), plain, m, migration.CopyOptions{})),
		"Workers and Interval":     second(migration.Copy(t.Context(), m, &movetest.Memory{}, migration.CopyOptions{Workers: -1})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that says: %s", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAStoreClaimsWhatBothCan(t *testing.T) {
	full, plain := &movetest.Memory{}, storetest.NewFaulty(&movetest.Memory{})
	for name, c := range map[string]struct {
		from           store.Store
		to             store.Store
		lists, watches bool
	}{
		"both can":          {full, &movetest.Memory{}, true, true},
		"the old cannot":    {plain, full, false, false},
		"the new only list": {full, listsOnly{&movetest.Memory{}, full, full}, true, false},
		"the new only tell": {full, tellsOnly{&movetest.Memory{}, full, full}, false, true},
	} {
		s := newBoth(t, c.from, c.to, migration.Switch)
		if _, ok := s.(store.Lister); ok != c.lists {
			t.Errorf("%s: it is a Lister: %t", name, ok)
		}
		if _, ok := s.(store.Notifier); ok != c.watches {
			t.Errorf("%s: it is a Notifier: %t", name, ok)
		}
		if _, ok := s.(io.Closer); !ok {
			t.Errorf("%s: it cannot be closed", name)
		}
	}
}

type listsOnly struct {
	store.Store
	store.Lister
	store.Importer
}

type tellsOnly struct {
	store.Store
	store.Notifier
	store.Importer
}

// listed returns what a list yields: values by key, and how often.
func listed(t *testing.T, s store.Store, user string) map[store.Key]string {
	t.Helper()
	l := s.(store.Lister)
	list := l.List(t.Context())
	if user != "" {
		list = l.ListUser(t.Context(), user)
	}
	got := map[store.Key]string{}
	for e, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[e.Key]; twice {
			t.Error("a record is listed twice")
		}
		if migration.StateOf(e.Record) != 0 {
			t.Error("a mark is listed")
		}
		got[e.Key] = string(e.Record.Values)
	}
	return got
}

func TestAListHasEverySessionOnce(t *testing.T) {
	for _, phase := range phases {
		from, to := filled(t, 4), &movetest.Memory{}
		for i := range 2 {
			if err := migration.CopyOne(t.Context(), from, to, keyOf(i)); err != nil {
				t.Fatal(err)
			}
		}
		rec, _ := from.Load(t.Context(), keyOf(2)) // it is on its way, and has not arrived
		if err := from.Save(t.Context(), keyOf(2), migration.MarkMoving(rec)); err != nil {
			t.Fatal(err)
		}
		s := newBoth(t, from, to, phase)
		want := map[store.Key]string{}
		for i := range 4 {
			want[keyOf(i)] = fmt.Sprint("values ", i)
			if got := listed(t, s, fmt.Sprint("user ", i)); len(got) != 1 || got[keyOf(i)] != want[keyOf(i)] {
				t.Errorf("%s: the list of user %d has %q", phase, i, slices.Collect(maps.Values(got)))
			}
		}
		if got := listed(t, s, ""); !maps.Equal(got, want) {
			t.Errorf("%s: listed are %q", phase, slices.Collect(maps.Values(got)))
		}
	}
}

func TestASessionThatMovesDuringAListIsListedOnce(t *testing.T) {
	from, to := filled(t, 20), &movetest.Memory{}
	s := newBoth(t, from, to, migration.Switch)
	n := 0
	for _, err := range s.(store.Lister).List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 5 {
			if _, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 20 {
		t.Errorf("%d sessions are listed, want 20", n)
	}
	for _, err := range s.(store.Lister).List(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break // leaves nothing behind
	}
}

func TestDeletionsAreToldOfFromBothStores(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	from, to := filled(t, 3), &movetest.Memory{}
	s := newBoth(t, from, to, migration.Switch)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready, told := make(chan struct{}), make(chan store.Key, 10)
	ended := make(chan error)
	go func() {
		ended <- s.(store.Notifier).Watch(ctx, func() { close(ready) }, func(key store.Key) { told <- key })
	}()
	<-ready
	for i, del := range []store.Store{from, to, s} {
		if err := del.Delete(t.Context(), keyOf(i), far); err != nil {
			t.Fatal(err)
		}
		if got := <-told; got != keyOf(i) {
			t.Errorf("deletion %d is not told of", i)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch returns %v", err)
	}
}

func TestAStoreThatWasMovedFromIsNotMovedTo(t *testing.T) {
	from, to := filled(t, 1), &movetest.Memory{}
	if _, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := migration.Copy(t.Context(), to, from, migration.CopyOptions{}); err == nil || !strings.Contains(err.Error(), "holds marks") {
		t.Errorf("the way back returns %v", err)
	}
	again := newBoth(t, to, filled(t, 0), migration.Prepare)
	if rec, err := again.Load(t.Context(), keyOf(0)); err != nil || rec.Version != 3 {
		t.Errorf("the session is %+v after that, %v", rec, err)
	}
}

func TestAStoreThatIsDownIsAnErrorAndNoAnswer(t *testing.T) {
	for _, phase := range phases {
		for _, op := range []storetest.Op{storetest.Load, storetest.Save, storetest.Delete} {
			for n := 1; n <= 4; n++ {
				for _, after := range []bool{false, true} {
					from, to := filled(t, 1), &movetest.Memory{}
					broken := storetest.NewFaulty(from)
					if after {
						broken.FailNthAfter(op, n, errLost)
					} else {
						broken.FailNth(op, n, errLost)
					}
					s := newBoth(t, broken, to, phase)
					rec, err := s.Load(t.Context(), keyOf(0))
					if err == nil {
						err = s.Save(t.Context(), keyOf(0), rec)
					}
					if err == nil {
						err = s.Delete(t.Context(), keyOf(0), far)
					}
					if err != nil && (!errors.Is(err, errLost) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict)) {
						t.Errorf("%s, call %d of %d fails: %v", phase, n, op, err)
					}
					broken.Heal()
					if err := s.Delete(t.Context(), keyOf(0), far); err != nil {
						t.Errorf("%s: Delete afterwards returns %v", phase, err)
					}
					for _, one := range []store.Store{newBoth(t, from, to, migration.Prepare), newBoth(t, from, to, migration.Switch), to} {
						if _, err := one.Load(t.Context(), keyOf(0)); !errors.Is(err, store.ErrNotFound) {
							t.Errorf("%s: a deleted session is found: %v", phase, err)
						}
					}
				}
			}
		}
	}
}

func TestASweepCountsWhatThePhaseWrites(t *testing.T) {
	for _, phase := range phases {
		from, to := &movetest.Memory{}, &movetest.Memory{}
		s := newBoth(t, from, to, phase)
		if err := s.Delete(t.Context(), keyOf(1), time.Now().Add(50*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		<-time.After(60 * time.Millisecond)
		if n, err := s.(store.Sweeper).Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("%s: Sweep returns %d, %v", phase, n, err)
		}
	}
}

func TestAListThatFailsSaysSoOnceAndEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	from, to := filled(t, 5), filled(t, 0)
	cancel()
	n := 0
	for e, err := range newBoth(t, from, to, migration.Prepare).(store.Lister).List(ctx) {
		if n++; !errors.Is(err, context.Canceled) || e.Key != (store.Key{}) {
			t.Errorf("it yields %v, %v", e.Key, err)
		}
	}
	if n != 1 {
		t.Errorf("it yields %d times", n)
	}
}
