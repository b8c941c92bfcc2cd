package storetest_test

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A reference is a store that is right, in as few lines as it takes, and that breaks one rule when it is told which.
type reference struct {
	flaw flaw

	mu      sync.Mutex
	records map[store.Key]store.Record
	deleted map[store.Key]tombstone
	buffer  []byte
	sweeps  uint64
	swept   uint64

	index    map[string]map[store.Key]bool // by user; for the flaws of one
	ends     map[string]time.Time          // when a user's index ends; for a flaw
	readers  chan struct{}                 // holds one for each list that is read
	watchers map[*watcher]bool
}

type tombstone struct{ at, until time.Time }

func newReference(f flaw) *reference {
	readers := 20
	if f == listKeepsOthersOut {
		readers = 1
	}
	return &reference{
		flaw: f, records: map[store.Key]store.Record{}, deleted: map[store.Key]tombstone{},
		index: map[string]map[store.Key]bool{}, ends: map[string]time.Time{}, readers: make(chan struct{}, readers),
		watchers: map[*watcher]bool{},
	}
}

func (s *reference) Load(ctx context.Context, key store.Key) (store.Record, error) {
	if err := ctx.Err(); err != nil && s.flaw != loadIgnoresContext {
		return store.Record{}, s.contextError(key, err)
	}
	key = s.keyOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if t, ok := s.tombstone(key, now); ok && s.flaw != deleteKeeps {
		return store.Record{}, s.deletedError(t)
	}
	rec, ok := s.record(key, now)
	if !ok && s.flaw != loadInventsRecords {
		return store.Record{}, s.notFound(key)
	}
	return s.handOut(rec), nil
}

func (s *reference) Save(ctx context.Context, key store.Key, rec store.Record) error {
	if err := ctx.Err(); err != nil && s.flaw != saveIgnoresContext {
		return s.contextError(key, err)
	}
	if s.flaw == listKeepsOthersOut {
		if err := s.takeReader(ctx); err != nil {
			return err
		}
		defer s.freeReader()
	}
	key = s.keyOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mayReplace(key, rec); err != nil {
		return s.conflict(key, rec, err)
	}
	if s.flaw == insertRaces && rec.Version == 0 || s.flaw == updateRaces && rec.Version > 0 || s.flaw == saveRacesDelete {
		s.letOthersIn()
	}
	if s.flaw == saveRacesDelete {
		delete(s.deleted, key) // the record takes the place of the tombstone that came meanwhile
	}
	rec.Version++
	s.take(key, rec)
	return nil
}

func (s *reference) Delete(ctx context.Context, key store.Key, until time.Time) error {
	if err := ctx.Err(); err != nil && s.flaw != deleteIgnoresContext {
		return s.contextError(key, err)
	}
	key = s.keyOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	rec, stored := s.record(key, now)
	old, again := s.tombstone(key, now)
	if err := s.refuseDelete(again); err != nil {
		return err
	}
	if s.flaw != deleteKeeps {
		delete(s.records, key)
		s.reindex(key, rec.User, "")
	}
	s.tell(key, stored, until)
	if !stored && s.flaw == deleteNeedsRecord && !again {
		return nil
	}
	if again && !s.replaces(until, old.until) {
		until = old.until
	}
	s.deleted[key] = tombstone{at: now, until: until}
	return nil
}

func (s *reference) Sweep(context.Context) (removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.countSweep(removed) }()
	now := time.Now()
	if s.flaw == sweepRemovesLiving {
		now = now.Add(2 * time.Hour)
	}
	for key, rec := range s.records {
		if rec.Expired(now) {
			removed++
			if s.flaw != sweepOnlyCounts {
				delete(s.records, key)
			}
		}
	}
	if s.flaw == sweepForgetsTombstones {
		return removed, nil
	}
	for key, t := range s.deleted {
		if !now.Before(t.until) || s.flaw == sweepRemovesTombstones {
			delete(s.deleted, key)
			removed++
		}
	}
	return removed, nil
}

func (s *reference) countSweep(removed int) {
	if s.flaw != sweepsAreNotCounted {
		s.sweeps++
	}
	if s.flaw != sweptIsNotCounted {
		s.swept += uint64(removed)
	}
}

// record returns what is stored under key and has not expired. The caller holds the lock, as in what follows.
func (s *reference) record(key store.Key, now time.Time) (store.Record, bool) {
	rec, ok := s.records[key]
	switch s.flaw {
	case neverExpires:
		return rec, ok
	case expiresBySecond:
		now = now.Add(-time.Second)
	case refusesOldExpiry:
		if now.Sub(rec.Expires) > time.Minute {
			return rec, ok
		}
	}
	return rec, ok && !rec.Expired(now)
}

func (s *reference) tombstone(key store.Key, now time.Time) (tombstone, bool) {
	t, ok := s.deleted[key]
	switch s.flaw {
	case deletesForEver, tombstoneOutlives:
		if s.flaw == deletesForEver || t.until.After(now.Add(-time.Minute)) {
			return t, ok
		}
	case tombstoneEndsEarly:
		now = now.Add(time.Second)
	case deleteRefusesNothing:
		return t, false
	}
	return t, ok && now.Before(t.until)
}

// mayReplace says whether rec may be stored: ErrConflict or nil.
func (s *reference) mayReplace(key store.Key, rec store.Record) error {
	now := time.Now()
	if _, ok := s.tombstone(key, now); ok && (s.flaw != deleteRefusesInsertsOnly || rec.Version == 0) {
		return store.ErrConflict
	}
	old, ok := s.record(key, now)
	switch {
	case s.flaw == expiredBlocksInsert && rec.Version == 0:
		old = s.records[key]
	case s.flaw == expiredTakesUpdates && !ok && s.records[key].Version == rec.Version:
		return nil
	case !ok:
		old.Version = 0
	}
	switch {
	case rec.Version == old.Version:
	case s.flaw == upserts && !ok, s.flaw == deleteRefusesInsertsOnly && !ok:
	case s.flaw == insertOverwrites && rec.Version == 0:
	case s.flaw == acceptsStale && rec.Version > 0 && rec.Version < old.Version:
	case s.flaw == acceptsFuture && rec.Version > old.Version && ok:
	default:
		return store.ErrConflict
	}
	return nil
}

// take stores rec.
func (s *reference) take(key store.Key, rec store.Record) {
	if s.flaw == versionStays && rec.Version > 1 {
		rec.Version--
	}
	if s.flaw == versionStartsAtZero {
		rec.Version--
	}
	if s.flaw == dropsExpired && rec.Expired(time.Now()) {
		return
	}
	rec = s.mangle(rec)
	if s.flaw != saveKeepsBytes {
		rec.Values = bytes.Clone(rec.Values)
	}
	if s.flaw == tearsRecords {
		torn := s.records[key]
		torn.Version, torn.User, torn.Expires = rec.Version, rec.User, rec.Expires
		s.records[key] = torn
		s.letOthersIn()
	}
	old := s.records[key].User
	s.records[key] = rec
	s.reindex(key, old, rec.User)
}

// replaces says which of two deletes holds.
func (s *reference) replaces(until, old time.Time) bool {
	switch s.flaw {
	case lastDeleteHolds:
		return true
	case firstDeleteHolds:
		return false
	}
	return until.After(old)
}

func (s *reference) refuseDelete(again bool) error {
	if again && s.flaw == deleteOnlyOnce {
		return store.ErrNotFound
	}
	return nil
}

// letOthersIn is the moment without the lock that a store has that reads and then writes.
func (s *reference) letOthersIn() {
	s.mu.Unlock()
	defer s.mu.Lock()
	<-time.After(time.Millisecond)
}
