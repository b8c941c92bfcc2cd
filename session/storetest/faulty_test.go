package storetest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

var (
	errDown  = errors.New("down")
	errOther = errors.New("other")
)

// insert saves a new record under a key of one byte.
func insert(ctx context.Context, s store.Store, key byte) error {
	return s.Save(ctx, store.Key{key}, store.Record{Expires: time.Now().Add(time.Hour)})
}

func load(ctx context.Context, s store.Store, key byte) error {
	_, err := s.Load(ctx, store.Key{key})
	return err
}

func wantErr(t *testing.T, call string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", call, got, want)
	}
}

func TestFailLastsUntilHeal(t *testing.T) {
	ctx, f := t.Context(), storetest.NewFaulty(newReference(none))
	f.Fail(storetest.Save|storetest.Delete, errDown)
	for range 3 {
		wantErr(t, "Save", insert(ctx, f, 1), errDown)
		wantErr(t, "Delete", f.Delete(ctx, store.Key{1}, time.Now()), errDown)
	}
	wantErr(t, "Load of what a failed Save did not store", load(ctx, f, 1), store.ErrNotFound)
	f.Heal()
	wantErr(t, "Save after Heal", insert(ctx, f, 1), nil)
	wantErr(t, "Load after Heal", load(ctx, f, 1), nil)
}

func TestFailAfterDoesTheWork(t *testing.T) {
	ctx, f := t.Context(), storetest.NewFaulty(newReference(none))
	f.FailAfter(storetest.AnyOp, errDown)
	wantErr(t, "Save", insert(ctx, f, 1), errDown)
	rec, err := f.Load(ctx, store.Key{1})
	wantErr(t, "Load", err, errDown)
	if rec.Version != 0 {
		t.Error("a Load that fails returns a record")
	}
	f.Heal()
	wantErr(t, "Load of what was stored before the failure", load(ctx, f, 1), nil)
	f.FailNthAfter(storetest.Delete, 1, errDown)
	wantErr(t, "Delete", f.Delete(ctx, store.Key{1}, time.Now().Add(time.Hour)), errDown)
	wantErr(t, "Load of what was deleted before the failure", load(ctx, f, 1), store.ErrNotFound)
}

func TestFailNthHitsOneCall(t *testing.T) {
	ctx, f := t.Context(), storetest.NewFaulty(newReference(none))
	f.FailNth(storetest.Save, 3, errDown)
	f.Fail(storetest.Load, errOther)
	for key, want := range []error{nil, nil, errDown, nil} {
		wantErr(t, "Load", load(ctx, f, byte(key)), errOther)
		wantErr(t, "Save", insert(ctx, f, byte(key)), want)
	}
}

func TestFailuresForTheSameCallQueue(t *testing.T) {
	ctx, f := t.Context(), storetest.NewFaulty(newReference(none))
	lasting := errors.New("lasting")
	f.Fail(storetest.Save, lasting)
	f.FailNext(storetest.Save, errDown)
	f.FailNext(storetest.AnyOp, errOther)
	for key, want := range []error{errDown, errOther, lasting, lasting} {
		wantErr(t, "Save", insert(ctx, f, byte(key)), want)
	}
	f.FailAfter(storetest.Save, errOther)
	wantErr(t, "Save after the failure set last", insert(ctx, f, 9), errOther)
	wantErr(t, "Load of what it stored", load(ctx, f, 9), nil)
}

func TestHealForgetsAFailureToCome(t *testing.T) {
	ctx, f := t.Context(), storetest.NewFaulty(newReference(none))
	f.FailNth(storetest.Save, 2, errDown)
	wantErr(t, "Save", insert(ctx, f, 1), nil)
	f.Heal()
	wantErr(t, "Save after Heal", insert(ctx, f, 2), nil)
}

func TestHeldCallsWaitForTheRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(newReference(none))
		release, other := f.Hold(storetest.Save), f.Hold(storetest.Save|storetest.Load)
		done := make(chan error, 1)
		go func() { done <- insert(t.Context(), f, 1) }()

		other()
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("a Save that is held returned")
		}
		wantErr(t, "Load while a Save is held", load(t.Context(), f, 1), store.ErrNotFound)
		release()
		release()
		wantErr(t, "the Save that was held", <-done, nil)
		wantErr(t, "Load", load(t.Context(), f, 1), nil)
		wantErr(t, "a Save after the release", insert(t.Context(), f, 2), nil)
	})
}

func TestHeldCallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(newReference(none))
		defer f.Hold(storetest.Save)()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantErr(t, "Save", insert(ctx, f, 1), context.DeadlineExceeded)
		wantErr(t, "Load", load(t.Context(), f, 1), store.ErrNotFound)
	})
}

func TestAwaitSeesCallsBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(newReference(none))
		release := f.Hold(storetest.AnyOp)
		var wg sync.WaitGroup
		for key := range byte(3) {
			wg.Go(func() { _ = insert(t.Context(), f, key) })
		}
		wantErr(t, "Await of three", f.Await(t.Context(), storetest.Save, 3), nil)
		if saves, loads := f.Calls(storetest.Save), f.Calls(storetest.Load); saves != 3 || loads != 0 {
			t.Errorf("%d saves and %d loads have begun, want 3 and 0", saves, loads)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantErr(t, "Await of a fourth", f.Await(ctx, storetest.Save, 4), context.DeadlineExceeded)
		release()
		wg.Wait()
		_ = load(t.Context(), f, 0)
		if all := f.Calls(storetest.AnyOp); all != 4 {
			t.Errorf("%d calls have begun, want 4", all)
		}
	})
}

func TestFaultyClosesTheStoreInside(t *testing.T) {
	inner := &closing{reference: newReference(none)}
	wantErr(t, "Close", storetest.NewFaulty(inner).Close(), errClosing)
	if inner.closed != 1 {
		t.Errorf("the store inside was closed %d times, want once", inner.closed)
	}
}
