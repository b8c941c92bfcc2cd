package scsstore_test

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"time"
)

// memory is a store as scs has them: it reads and overwrites, and copies nothing.
type memory struct {
	mu      sync.Mutex
	entries map[string]entry
	err     error  // what every call returns
	found   func() // called after each Find, if it is set
}

type entry struct {
	b      []byte
	expiry time.Time
}

func newMemory() *memory { return &memory{entries: map[string]entry{}} }

func (m *memory) Find(token string) ([]byte, bool, error) {
	m.mu.Lock()
	e, ok := m.entries[token]
	m.mu.Unlock()
	if m.found != nil {
		m.found()
	}
	runtime.Gosched() // whom a lock does not hold back comes in between
	return e.b, ok && time.Now().Before(e.expiry), m.err
}

func (m *memory) Commit(token string, b []byte, expiry time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[token] = entry{b, expiry}
	return m.err
}

func (m *memory) Delete(token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, token)
	return m.err
}

// iterable is a memory that lists.
type iterable struct{ *memory }

func (m iterable) All() (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]byte{}
	for token, e := range m.entries {
		all[token] = bytes.Clone(e.b)
	}
	return all, m.err
}

// contextual takes a context, and has no other methods that work, as scs's goredisstore.
type contextual struct{ inner iterable }

func (contextual) Find(string) ([]byte, bool, error)      { panic("missing context arg") }
func (contextual) Commit(string, []byte, time.Time) error { panic("missing context arg") }
func (contextual) Delete(string) error                    { panic("missing context arg") }
func (contextual) All() (map[string][]byte, error)        { panic("missing context arg") }

func (c contextual) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return c.inner.Find(token)
}

func (c contextual) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return c.inner.Commit(token, b, expiry)
}

func (c contextual) DeleteCtx(_ context.Context, token string) error { return c.inner.Delete(token) }

func (c contextual) AllCtx(context.Context) (map[string][]byte, error) { return c.inner.All() }
