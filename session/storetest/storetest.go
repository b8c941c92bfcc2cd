// Package storetest checks that a store keeps the contract of [store.Store].
//
// Who writes a store calls [Run] in one test, with a function that makes a fresh one:
//
//	package mystore_test
//
//	import (
//		"testing"
//
//		"github.com/proapi-go/proapi/session"
//		"github.com/proapi-go/proapi/session/storetest"
//
//		"example.com/mystore"
//	)
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) session.Store { return mystore.New(t.TempDir()) })
//	}
//
// Each rule of the contract is a subtest, and one that is broken says the sentence that was not kept:
//
//	--- FAIL: TestStore/update-of-missing (0.00s)
//	    an update with version 1 of a key never saved: Save of version 1 returned <nil>, want ErrConflict
//	    the contract: It returns ErrConflict, and changes nothing, … where rec.Version is above 0 and nothing is stored …
//
// [Check] does the same without a testing.T, [Rules] lists the rules, and the package's example shows a whole store that
// keeps them all. Run the test with -race: several rules call the store from many goroutines.
//
// [Faulty] is for those who use a store: it fails, or waits, or fails after doing the work, when a test says so.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// limit is how long a rule may take. It ends the context of the calls that the rule makes, so that a store that waits
// for ever, for a lock that nobody gives back, is told from a slow one.
const limit = time.Minute

// Run checks every rule of the contract as a subtest of t that bears the rule's name. newStore is called once for each
// and returns a store that holds nothing; it may use its t to fail, and to clean up. A store that is an [io.Closer] is
// closed at the end of its subtest, before what newStore left to t.Cleanup.
//
// A rule about something that stores may do besides (see [store.Sweeper], [store.Lister], [store.Notifier],
// [store.Importer] and [store.Measurer]) is skipped where the store does not claim it. What a store lists must be what the rule has saved: a
// store that shares a database with others needs a table or a prefix of its own.
//
// The rules that wait for a time to pass take about a tenth of a second each. For them, a store that reads another
// machine's clock must be less than 25 ms from this one's; and a store that sweeps on its own must not do so within that
// time, since what it removes is counted.
func Run(t *testing.T, newStore func(t *testing.T) store.Store) {
	t.Helper()
	for rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			s := newStore(t)
			t.Cleanup(func() {
				if err := closeStore(s); err != nil {
					t.Error(err)
				}
			})
			if !rule.concerns(s) {
				t.Skip("the store does not claim this part of the contract")
			}
			if err := rule.run(t.Context(), s); err != nil {
				t.Errorf("%v\nthe contract: %s", err, rule.Sentence)
			}
		})
	}
}

// Check checks every rule of the contract and returns nil where all are kept. Otherwise the error joins (see
// [errors.Join]) one [*RuleError] for each broken rule. newStore, the closing of a store and what is skipped are as for
// [Run]; an error of newStore, or of a store's Close, is returned among the others, and the former ends the checking.
func Check(newStore func() (store.Store, error)) error {
	var errs []error
	for rule := range Rules() {
		s, err := newStore()
		if err != nil {
			errs = append(errs, fmt.Errorf("storetest: a new store for rule %s: %w", rule.Name, err))
			break
		}
		if rule.concerns(s) {
			if err := rule.run(context.Background(), s); err != nil {
				errs = append(errs, &RuleError{Rule: rule.Name, Sentence: rule.Sentence, Err: err})
			}
		}
		if err := closeStore(s); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func closeStore(s store.Store) error {
	c, ok := s.(io.Closer)
	if !ok {
		return nil
	}
	if err := c.Close(); err != nil {
		return fmt.Errorf("storetest: close the store: %w", err)
	}
	return nil
}
