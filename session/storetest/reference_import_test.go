package storetest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func (s *reference) Import(ctx context.Context, key store.Key, rec store.Record) error {
	if err := ctx.Err(); err != nil && s.flaw != importIgnoresContext {
		return s.contextError(key, err)
	}
	key = s.keyOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusesImport(key, rec) {
		if s.flaw == importTellsKey {
			return fmt.Errorf("reference: import %x: %w", key[:], store.ErrConflict)
		}
		return store.ErrConflict
	}
	if s.flaw == importRaces || s.flaw == importRacesDelete {
		s.letOthersIn()
	}
	switch s.flaw {
	case importStartsAnew:
		rec.Version = 1
	case importIsASave:
		rec.Version++
	case importKeepsBytes, importIsNotIndexed:
		s.records[key] = rec
		return nil
	case importRacesDelete:
		delete(s.deleted, key)
	}
	s.take(key, rec)
	return nil
}

func (s *reference) refusesImport(key store.Key, rec store.Record) bool {
	now := time.Now()
	if _, deleted := s.tombstone(key, now); deleted && s.flaw != importRevives {
		return true
	}
	old, ok := s.record(key, now)
	switch s.flaw {
	case importOverwrites:
		return false
	case importTakesNewer:
		return ok && old.Version >= rec.Version
	case importFindsExpired:
		_, ok = s.records[key]
	}
	return ok
}
