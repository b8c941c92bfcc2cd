package storetest_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

// A mapStore keeps sessions in a map, and what was deleted in another. It never forgets either of them: a real store
// removes what has expired.
type mapStore struct {
	mu      sync.Mutex
	records map[store.Key]store.Record
	deleted map[store.Key]deletion
}

type deletion struct{ at, until time.Time }

func newMapStore() *mapStore {
	return &mapStore{records: map[store.Key]store.Record{}, deleted: map[store.Key]deletion{}}
}

func (s *mapStore) Load(ctx context.Context, key store.Key) (store.Record, error) {
	if err := ctx.Err(); err != nil {
		return store.Record{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if d, ok := s.deleted[key]; ok && now.Before(d.until) {
		return store.Record{}, &store.DeletedError{At: d.at}
	}
	rec, ok := s.records[key]
	if !ok || rec.Expired(now) {
		return store.Record{}, store.ErrNotFound
	}
	rec.Values = bytes.Clone(rec.Values)
	return rec, nil
}

func (s *mapStore) Save(ctx context.Context, key store.Key, rec store.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Before(s.deleted[key].until) {
		return store.ErrConflict
	}
	stored := s.records[key] // version 0 where there is none
	if stored.Expired(now) {
		stored.Version = 0
	}
	if rec.Version != stored.Version {
		return store.ErrConflict
	}
	rec.Version++
	rec.Values = bytes.Clone(rec.Values)
	s.records[key] = rec
	return nil
}

func (s *mapStore) Delete(ctx context.Context, key store.Key, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, key)
	if until.After(s.deleted[key].until) {
		s.deleted[key] = deletion{at: time.Now(), until: until}
	}
	return nil
}

// A whole store, and whether it keeps the contract. In a test of yours, Run says the same rule by rule.
func Example() {
	err := storetest.Check(func() (store.Store, error) { return newMapStore(), nil })
	fmt.Println(err)
	// Output: <nil>
}
