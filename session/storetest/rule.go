package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/proapi-go/proapi/session/store"
)

// A Rule is one thing that the contract asks of a store.
type Rule struct {
	Name     string // what the subtest is called, such as "round-trip"
	Sentence string // the contract's own words, from package store; "…" stands where some are left out

	check  func(ctx context.Context, p *probe)
	claims func(s store.Store) bool // nil for what every store must do
}

// Rules yields every rule, in the order in which they are checked: the plain ones first.
func Rules() iter.Seq[Rule] { return slices.Values(rules) }

// A RuleError says which rule a store broke, and how.
type RuleError struct {
	Rule     string // the rule's name
	Sentence string // the contract's words for it
	Err      error  // what the store did
}

// Error names the rule, what the store did, and the sentence of the contract.
func (e *RuleError) Error() string {
	return fmt.Sprintf("storetest: rule %s: %v (the contract: %s)", e.Rule, e.Err, e.Sentence)
}

// Unwrap returns Err. Where a call failed that should not have, it wraps the store's own error.
func (e *RuleError) Unwrap() error { return e.Err }

func (r Rule) concerns(s store.Store) bool { return r.claims == nil || r.claims(s) }

// run checks the rule on s, which must be fresh.
func (r Rule) run(ctx context.Context, s store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := &probe{store: s}
	r.check(ctx, p)
	return p.err
}
