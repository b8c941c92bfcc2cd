package scsstore_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/scsstore"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	for name, backing := range map[string]func() scsstore.Backing{
		"three methods":  func() scsstore.Backing { return newMemory() },
		"with All":       func() scsstore.Backing { return iterable{newMemory()} },
		"with a context": func() scsstore.Backing { return contextual{iterable{newMemory()}} },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) store.Store { return scsstore.New(backing()) })
		})
	}
}

func TestListsWhereTheBackingCan(t *testing.T) {
	if _, lists := scsstore.New(newMemory()).(store.Lister); lists {
		t.Error("a store claims to list whose backing cannot")
	}
	if _, lists := scsstore.New(iterable{newMemory()}).(store.Lister); !lists {
		t.Error("a store does not list whose backing can")
	}
}

func record(user string) store.Record {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Record{Created: now, Seen: now, Expires: now.Add(time.Hour), User: user, Values: []byte("values")}
}

// TestEntriesOfSCSAreLeftAlone has sessions of scs's own in the same table, one of them under a token like ours.
func TestEntriesOfSCSAreLeftAlone(t *testing.T) {
	m := newMemory()
	key := store.Key{1}
	token := base64.RawURLEncoding.EncodeToString(key[:])
	theirs := []byte("\x1f\xff\x81\x03gob")
	for _, token := range []string{token, "y0ur5", base64.RawURLEncoding.EncodeToString(make([]byte, 32))} {
		_ = m.Commit(token, theirs, time.Now().Add(time.Hour))
	}
	s := scsstore.New(iterable{m})
	for e, err := range s.(store.Lister).List(t.Context()) {
		t.Errorf("the list yields %+v, %v", e.Record, err)
	}
	_, err := s.Load(t.Context(), key)
	for call, err := range map[string]error{
		"Load":   err,
		"Save":   s.Save(t.Context(), key, record("")),
		"Delete": s.Delete(t.Context(), key, time.Now().Add(time.Hour)),
	} {
		if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
			t.Errorf("%s of what is scs's own returned %v, want an error of its own", call, err)
		}
	}
	if got := m.entries[token]; string(got.b) != string(theirs) {
		t.Error("the entry was overwritten")
	}
}

func TestErrorsOfTheBackingAreHandedOnWithoutTheToken(t *testing.T) {
	key := store.Key{1, 2, 3}
	token := base64.RawURLEncoding.EncodeToString(key[:])
	m := newMemory()
	m.err = errors.New("duplicate entry " + token)
	s := scsstore.New(m)
	_, err := s.Load(t.Context(), key)
	for call, err := range map[string]error{
		"load":   err,
		"save":   s.Save(t.Context(), key, record("")),
		"delete": s.Delete(t.Context(), key, time.Now().Add(time.Hour)),
		"import": s.(store.Importer).Import(t.Context(), key, record("")),
	} {
		if !errors.Is(err, m.err) || !strings.HasPrefix(err.Error(), "scsstore: "+call+": duplicate") || strings.Contains(err.Error(), token) {
			t.Errorf("the error of %s is %v", call, err)
		}
	}
}

// TestWaitingForALockEndsWithTheContext has a backing that does not answer, and takes no context.
func TestWaitingForALockEndsWithTheContext(t *testing.T) {
	m := newMemory()
	asked, answer := make(chan struct{}, 1), make(chan struct{})
	m.found = func() { asked <- struct{}{}; <-answer }
	s := scsstore.New(m)
	first := make(chan error)
	go func() { first <- s.Save(context.WithoutCancel(t.Context()), store.Key{1}, record("")) }()
	<-asked

	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() { second <- s.Save(ctx, store.Key{1}, record("")) }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the second save returned %v, want the context's error", err)
	}
	close(answer)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// TestTwoStoresOnOneBackingBringASessionBack shows what the package's documentation says cannot be promised: the moment
// between reading and overwriting is open to another process.
func TestTwoStoresOnOneBackingBringASessionBack(t *testing.T) {
	m := newMemory()
	one, other := scsstore.New(m), scsstore.New(m)
	key, rec := store.Key{1}, record("ada")
	if err := one.Save(t.Context(), key, rec); err != nil {
		t.Fatal(err)
	}
	rec.Version = 1
	m.found = func() {
		m.found = nil
		if err := other.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
	}
	if err := one.Save(t.Context(), key, rec); err != nil {
		t.Errorf("the save returned %v: then the documentation promises too little", err)
	}
	if _, err := other.Load(t.Context(), key); err != nil {
		t.Errorf("the session is gone (%v): then the documentation promises too little", err)
	}
}
