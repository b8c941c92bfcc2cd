// Package migration moves sessions from one store to another while the application runs: nobody is logged out, no update
// is lost, and a destroyed session is destroyed in both.
//
// An application moves in four steps, each an ordinary rolling deployment, in which processes of neighbouring steps run
// side by side:
//
//	the old store alone  →  [Prepare]  →  [Switch]  →  the new store alone
//
// In Prepare and Switch its store is the one that [New] makes of the two. What is saved in Prepare stays where it is, so
// that processes that know the old store alone find it; what is saved in Switch goes to the new store. During Switch
// [Copy] moves what nobody asks for; once it has ended, the old store is not needed any more.
//
// A session that has moved leaves a mark in the old store, which processes in Prepare and Switch follow. The mark is put
// there by compare-and-swap, in the place of the record, before the new store gets the session; so at each moment one
// store decides what becomes of a session, and a save that is based on what was there before the move conflicts, and
// looks again. docs/decisions/0009-moving-sessions.md has the proof, and docs/migrating.md the guide.
//
// # What it relies on
//
// Each step is finished before the one after the next begins: a process that knows the old store alone takes a mark for
// a broken session and must not run beside one in Switch. The new store holds none of these sessions at the beginning.
// No call lasts longer than a session lives. The clocks of both stores are right to a second or so.
package migration

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/proapi-go/proapi/session/store"
)

// A Phase is one of the two steps in which a process uses both stores.
type Phase string

// The phases, in their order. Going back from Switch to Prepare is a rolling deployment like any other. Going back from
// Prepare to the old store alone is possible while there was no process in Switch and no Copy.
const (
	Prepare Phase = "prepare" // beside processes that use the old store alone, and beside Switch
	Switch  Phase = "switch"  // beside Prepare, and, when Copy has ended, beside processes that use the new store alone
)

// errMarks is returned where the new store holds marks: it is the old one, or was the old one of an earlier move.
var errMarks = errors.New("migration: the store to move to holds marks of a move from it: it is the same store, or " +
	"sessions were moved from it before, and it has to be emptied first")

// New returns a store over the two that moves sessions as the phase says. It keeps the contract of [store.Store] where
// both do. to must be a [store.Importer].
//
// A load costs one of the store that is asked first, from in Prepare and to in Switch, and one of the other where that
// has nothing. A save costs a load of from besides in Prepare, and in Switch for a new session a save to from. A session
// that is saved in Switch for the first time costs seven calls, once.
//
// The store is a [store.Sweeper], and sweeps those of the two that are; an [io.Closer], which closes both; a
// [store.Lister] where both are, and a [store.Notifier] where both are; and a [store.Measurer], which can tell where both
// can. It is safe for concurrent use.
func New(from, to store.Store, phase Phase) (store.Store, error) {
	importer, err := check(from, to)
	if phase != Prepare && phase != Switch {
		err = errors.Join(err, fmt.Errorf("migration: the phase is %q: it is one of %s, %s", phase, Prepare, Switch))
	}
	if err != nil {
		return nil, err
	}
	b := newBoth(from, to, importer, phase)
	_, lists := from.(store.Lister)
	_, watches := from.(store.Notifier)
	if _, ok := to.(store.Lister); !ok {
		lists = false
	}
	if _, ok := to.(store.Notifier); !ok {
		watches = false
	}
	switch {
	case lists && watches:
		return struct {
			*both
			lister
			watcher
		}{b, lister{b}, watcher{b}}, nil
	case lists:
		return struct {
			*both
			lister
		}{b, lister{b}}, nil
	case watches:
		return struct {
			*both
			watcher
		}{b, watcher{b}}, nil
	}
	return b, nil
}

func newBoth(from, to store.Store, importer store.Importer, phase Phase) *both {
	b := &both{from: from, to: to, importer: importer, phase: phase}
	b.marker, _ = from.(store.Importer)
	return b
}

// check looks whether sessions can be moved from one store to the other.
func check(from, to store.Store) (store.Importer, error) {
	if from == nil || to == nil {
		return nil, errors.New("migration: a store is missing: give the one to move from and the one to move to")
	}
	if reflect.TypeOf(from).Comparable() && from == to {
		return nil, errors.New("migration: both stores are the same")
	}
	importer, ok := to.(store.Importer)
	if !ok {
		return nil, fmt.Errorf("migration: no sessions can be moved to a %T: it is no store.Importer", to)
	}
	return importer, nil
}
