package scsstore

import (
	"context"
	"time"
)

// Backing is what every store of scs has (scs.Store). Where it has the methods of [ContextBacking] as well, those are
// called instead.
type Backing interface {
	// Find returns what is kept under token, and whether there is anything.
	Find(token string) (b []byte, found bool, err error)

	// Commit keeps b under token until expiry, in the place of what was there.
	Commit(token string, b []byte, expiry time.Time) error

	// Delete removes what is kept under token, if anything is.
	Delete(token string) error
}

// ContextBacking is what stores of scs have that take a context (scs.CtxStore).
type ContextBacking interface {
	FindCtx(ctx context.Context, token string) (b []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error
}

// IterableBacking is what stores of scs have that can list (scs.IterableStore).
type IterableBacking interface {
	// All returns everything that has not expired, by token.
	All() (map[string][]byte, error)
}

// IterableContextBacking is what stores of scs have that can list and take a context (scs.IterableCtxStore).
type IterableContextBacking interface {
	AllCtx(ctx context.Context) (map[string][]byte, error)
}

// withContext gives a backing that takes no context one that it does not look at.
type withContext struct{ Backing }

func (b withContext) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return b.Find(token)
}

func (b withContext) CommitCtx(_ context.Context, token string, v []byte, expiry time.Time) error {
	return b.Commit(token, v, expiry)
}

func (b withContext) DeleteCtx(_ context.Context, token string) error { return b.Delete(token) }

// lists returns how a backing lists, nil where it cannot.
func lists(b Backing) func(ctx context.Context) (map[string][]byte, error) {
	switch b := b.(type) {
	case IterableContextBacking:
		return b.AllCtx
	case IterableBacking:
		return func(context.Context) (map[string][]byte, error) { return b.All() }
	}
	return nil
}
