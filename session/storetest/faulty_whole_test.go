package storetest_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestWholeHasThePartsOfTheStoreInside(t *testing.T) {
	whole := newReference(none)
	for name, inner := range map[string]store.Store{
		"none": newMapStore(),
		"lister": struct {
			store.Store
			store.Lister
		}{whole, whole},
		"notifier": struct {
			store.Store
			store.Notifier
		}{whole, whole},
		"importer": struct {
			store.Store
			store.Importer
		}{whole, whole},
		"lister, notifier": struct {
			store.Store
			store.Lister
			store.Notifier
		}{whole, whole, whole},
		"lister, importer": struct {
			store.Store
			store.Lister
			store.Importer
		}{whole, whole, whole},
		"notifier, importer": struct {
			store.Store
			store.Notifier
			store.Importer
		}{whole, whole, whole},
		"all": whole,
	} {
		got, want := partsOf(storetest.NewFaulty(inner).Whole()), partsOf(inner)
		if got != want {
			t.Errorf("%s: it is a Lister, a Notifier, an Importer: %v, want %v", name, got, want)
		}
		if plain := partsOf(storetest.NewFaulty(inner)); plain != [3]bool{} {
			t.Errorf("%s: a Faulty that is not asked for its Whole has parts: %v", name, plain)
		}
	}
}

func partsOf(s store.Store) (parts [3]bool) {
	_, parts[0] = s.(store.Lister)
	_, parts[1] = s.(store.Notifier)
	_, parts[2] = s.(store.Importer)
	return parts
}

// wholeReference returns a Faulty around a whole store that holds two records of a user, and its parts.
func wholeReference(t *testing.T) (*storetest.Faulty, store.Lister, store.Notifier, store.Importer) {
	t.Helper()
	f := storetest.NewFaulty(newReference(none))
	for key := range byte(2) {
		rec := store.Record{Expires: time.Now().Add(time.Hour), User: "ada"}
		wantErr(t, "Save", f.Save(t.Context(), store.Key{key}, rec), nil)
	}
	s := f.Whole()
	return f, s.(store.Lister), s.(store.Notifier), s.(store.Importer)
}

// read reads a list and returns the number of entries before its error.
func read(list iter.Seq2[store.Entry, error]) (n int, err error) {
	for _, err := range list {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestListsFailAsTold(t *testing.T) {
	f, l, _, _ := wholeReference(t)
	for call, list := range map[string]func() iter.Seq2[store.Entry, error]{
		"List":     func() iter.Seq2[store.Entry, error] { return l.List(t.Context()) },
		"ListUser": func() iter.Seq2[store.Entry, error] { return l.ListUser(t.Context(), "ada") },
	} {
		wants := func(scene string, wantN int, want error) {
			t.Helper()
			n, err := read(list())
			wantErr(t, call+" "+scene, err, want)
			if n != wantN {
				t.Errorf("%s %s yields %d entries, want %d", call, scene, n, wantN)
			}
		}
		calls := f.Calls(storetest.List)
		f.FailNext(storetest.List, errDown)
		wants("that fails", 0, errDown)
		f.FailNthAfter(storetest.List, 1, errDown)
		wants("that fails after its work", 2, errDown)
		wants("that does not", 2, nil)
		if n := f.Calls(storetest.List) - calls; n != 3 {
			t.Errorf("%d calls of %s were counted, want 3", n, call)
		}
		f.FailNthAfter(storetest.List, 1, errDown)
		for _, err := range list() {
			wantErr(t, call+" whose reader stops", err, nil)
			break // and no more is yielded, which Go would not allow
		}
	}
}

func TestImportsFailAsTold(t *testing.T) {
	f, _, _, i := wholeReference(t)
	rec := store.Record{Version: 5, Expires: time.Now().Add(time.Hour)}
	f.FailNext(storetest.Import, errDown)
	wantErr(t, "Import", i.Import(t.Context(), store.Key{7}, rec), errDown)
	wantErr(t, "Load of what a failed Import did not store", load(t.Context(), f, 7), store.ErrNotFound)
	f.FailNthAfter(storetest.AnyOp, 1, errDown)
	wantErr(t, "Import", i.Import(t.Context(), store.Key{7}, rec), errDown)
	wantErr(t, "Load of what was imported before the failure", load(t.Context(), f, 7), nil)
}

func TestWatchesAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _, n, _ := wholeReference(t)
		f.FailNext(storetest.Watch, errDown)
		wantErr(t, "Watch", n.Watch(t.Context(), t.FailNow, nil), errDown)

		ctx, cancel := context.WithCancel(t.Context())
		heard, ended := make(chan store.Key, 1), make(chan error, 1)
		watch := func() {
			ended <- n.Watch(ctx, func() {}, func(key store.Key) { heard <- key })
		}
		go watch()
		synctest.Wait()
		wantErr(t, "Delete", f.Delete(ctx, store.Key{1}, time.Now()), nil)
		if key := <-heard; key != (store.Key{1}) {
			t.Error("Watch tells of another key")
		}
		f.CutWatches(errOther)
		wantErr(t, "a Watch that was cut", <-ended, errOther)

		go watch()
		synctest.Wait()
		cancel()
		wantErr(t, "a Watch whose context ended", <-ended, context.Canceled)
		f.CutWatches(errOther) // there is none
	})
}
