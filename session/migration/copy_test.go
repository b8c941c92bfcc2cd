package migration_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/migration"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func keyOf(n int) store.Key { return store.Key{byte(n), byte(n >> 8), 1} }

// filled returns a store with so many sessions, of version 3.
func filled(t *testing.T, n int) *movetest.Memory {
	t.Helper()
	m := &movetest.Memory{}
	for i := range n {
		rec := sessionAt(3)
		rec.User, rec.Values = fmt.Sprint("user ", i), fmt.Appendf(nil, "values %d", i)
		if err := m.Import(t.Context(), keyOf(i), rec); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestCopyMovesEverySessionAsItIs(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	from, to := filled(t, 500), &movetest.Memory{}
	var last migration.Progress
	got, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{Count: true, Progress: func(p migration.Progress) { last = p }})
	if err != nil || got.Total != 500 || got.Done != 500 || got.Moved != 500 || got.Skipped+got.Gone != 0 {
		t.Errorf("Copy returns %+v, %v", got, err)
	}
	if last.Done != 500 {
		t.Errorf("the last progress is %+v, want all of it", last)
	}
	for i := range 500 {
		rec, err := to.Load(t.Context(), keyOf(i))
		if err != nil || rec.Version != 3 || string(rec.Values) != fmt.Sprint("values ", i) || rec.User != fmt.Sprint("user ", i) || !rec.Expires.Equal(far) {
			t.Fatalf("session %d is %+v in the new store, %v", i, rec, err)
		}
		if rec, err := from.Load(t.Context(), keyOf(i)); err != nil || migration.StateOf(rec) != migration.Moved || rec.User != "" {
			t.Fatalf("session %d is %+v in the old store, %v", i, rec, err)
		}
	}
}

// slow is a store that ends a context after so many imports.
type slow struct {
	*movetest.Memory
	left chan struct{}
	end  func()
}

func (s slow) Import(ctx context.Context, key store.Key, rec store.Record) error {
	select {
	case <-s.left:
	default:
		s.end()
	}
	return s.Memory.Import(ctx, key, rec)
}

func TestAnInterruptedCopyGoesOnWhereItWas(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	from, to := filled(t, 300), &movetest.Memory{}
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan struct{}, 100)
	for range cap(left) {
		left <- struct{}{}
	}
	first, err := migration.Copy(ctx, from, slow{to, left, cancel}, migration.CopyOptions{Workers: 4})
	if !errors.Is(err, context.Canceled) || first.Moved < 90 || first.Moved > 110 {
		t.Fatalf("the first Copy returns %+v, %v", first, err)
	}
	second, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{})
	if err != nil || second.Done != 300 || second.Skipped < first.Moved || second.Moved != 300-second.Skipped {
		t.Errorf("the second Copy returns %+v, %v, after %+v", second, err, first)
	}
	for i := range 300 {
		if rec, err := to.Load(t.Context(), keyOf(i)); err != nil || rec.Version != 3 {
			t.Fatalf("session %d: %+v, %v", i, rec, err)
		}
	}
}

// meddling is a store whose sessions change, or end, between the list and the mark.
type meddling struct {
	*movetest.Memory
	meddle func(key store.Key)
}

func (m meddling) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for e, err := range m.Memory.List(ctx) {
			m.meddle(e.Key)
			if !yield(e, err) {
				return
			}
		}
	}
}

func TestCopyBringsWhatWasChangedMeanwhileAndNotWhatEnded(t *testing.T) {
	from, to := filled(t, 2), &movetest.Memory{}
	got, err := migration.Copy(t.Context(), meddling{from, func(key store.Key) {
		if key == keyOf(1) {
			_ = from.Delete(context.Background(), key, far)
			return
		}
		rec, _ := from.Load(context.Background(), key)
		rec.Values = []byte("changed")
		_ = from.Save(context.Background(), key, rec)
	}}, to, migration.CopyOptions{})
	if err != nil || got.Moved != 1 || got.Gone != 1 || got.Conflicts != 2 {
		t.Errorf("Copy returns %+v, %v", got, err)
	}
	if rec, err := to.Load(t.Context(), keyOf(0)); err != nil || rec.Version != 4 || string(rec.Values) != "changed" {
		t.Errorf("the new store has %+v, %v", rec, err)
	}
	if _, err := to.Load(t.Context(), keyOf(1)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the new store has a session that was deleted: %v", err)
	}
}

func TestCopyEndsAtTheFirstErrorAndLosesNothing(t *testing.T) {
	from, to := filled(t, 50), &movetest.Memory{}
	refusing := storetest.NewFaulty(from)
	_, err := migration.Copy(t.Context(), listing{refusing, from}, to, migration.CopyOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	from, to = filled(t, 50), &movetest.Memory{}
	refusing = storetest.NewFaulty(from)
	refusing.FailNth(storetest.Save, 7, errLost)
	got, err := migration.Copy(t.Context(), listing{refusing, from}, to, migration.CopyOptions{Workers: 1, Count: true})
	if !errors.Is(err, errLost) || got.Done > 10 {
		t.Errorf("Copy returns %+v, %v", got, err)
	}
	if got, err = migration.Copy(t.Context(), from, to, migration.CopyOptions{}); err != nil || got.Done != 50 {
		t.Errorf("the second Copy returns %+v, %v", got, err)
	}
}

// listing is a store that lists what another one has.
type listing struct {
	*storetest.Faulty
	store.Lister
}

func TestProgressSaysHowLongItWillTake(t *testing.T) {
	p := migration.Progress{Total: 1000, Done: 250, Elapsed: 5 * time.Second}
	if left, ok := p.Remaining(); p.Rate() != 50 || left != 15*time.Second || !ok {
		t.Errorf("%v a second, and %v remain, %t", p.Rate(), left, ok)
	}
	if _, ok := (migration.Progress{Done: 5, Elapsed: 1}).Remaining(); ok {
		t.Error("what remains of an unknown total is known")
	}
	if (migration.Progress{}).Rate() != 0 {
		t.Error("nothing in no time is a rate")
	}
}
