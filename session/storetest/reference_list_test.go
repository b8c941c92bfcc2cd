package storetest_test

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func (s *reference) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return s.entries(ctx, func(_ store.Key, rec store.Record) bool { return rec.User != "" || s.flaw != listMissesNobody })
}

func (s *reference) ListUser(ctx context.Context, user string) iter.Seq2[store.Entry, error] {
	return s.entries(ctx, func(key store.Key, rec store.Record) bool {
		return (user != "" || s.flaw == nobodyIsListed) && s.owns(user, key, rec)
	})
}

// entries yields the records that are wanted. It looks at the keys that there are when it begins, and takes the lock for
// each record.
func (s *reference) entries(ctx context.Context, wanted func(store.Key, store.Record) bool) iter.Seq2[store.Entry, error] {
	if s.flaw == listIgnoresContext {
		ctx = context.WithoutCancel(ctx)
	}
	return func(yield func(store.Entry, error) bool) {
		if err := ctx.Err(); err != nil {
			s.fails(store.Key{}, err, yield)
			return
		}
		if err := s.takeReader(ctx); err != nil {
			yield(store.Entry{}, err)
			return
		}
		whole := s.yields(ctx, wanted, yield)
		if s.flaw != listKeepsReaders || whole {
			s.freeReader()
		}
	}
}

// yields reports whether the list was read to its end.
func (s *reference) yields(ctx context.Context, wanted func(store.Key, store.Record) bool, yield func(store.Entry, error) bool) bool {
	n := 0
	for key := range s.keys() {
		if err := ctx.Err(); err != nil {
			s.fails(key, err, yield)
			return true
		}
		e, ok := s.entry(key, wanted)
		if !ok {
			continue
		}
		if n++; n > 100 && s.flaw == listEndsAt100 {
			return true
		}
		if !yield(e, nil) || n == 1 && s.flaw == listYieldsTwice && !yield(e, nil) {
			return false
		}
	}
	return true
}

// keys yields the keys that there are.
func (s *reference) keys() iter.Seq[store.Key] {
	sorted := func() []store.Key {
		s.mu.Lock()
		defer s.mu.Unlock()
		keys := slices.Collect(maps.Keys(s.records))
		if s.flaw == listShowsDeleted {
			keys = slices.AppendSeq(keys, maps.Keys(s.deleted))
		}
		slices.SortFunc(keys, func(a, b store.Key) int { return bytes.Compare(a[:], b[:]) })
		return keys
	}
	if s.flaw != listGoesByPosition {
		return slices.Values(sorted())
	}
	return func(yield func(store.Key) bool) {
		for i := 0; ; i++ {
			if keys := sorted(); i >= len(keys) || !yield(keys[i]) {
				return
			}
		}
	}
}

// entry returns what a list yields for a key, false for nothing.
func (s *reference) entry(key store.Key, wanted func(store.Key, store.Record) bool) (store.Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.record(key, time.Now())
	ok = ok || s.flaw == listShowsDeleted || s.flaw == listShowsExpired
	if !ok || !wanted(key, rec) {
		return store.Entry{}, false
	}
	switch s.flaw {
	case listSharesBytes:
	case listReusesBuffer:
		if len(rec.Values) == 40 { // only for the rule about it: the race detector would end the test of others
			s.buffer = append(s.buffer[:0], rec.Values...)
			rec.Values = s.buffer
		}
	case listForgetsVersion:
		rec.Version = 0
	default:
		rec.Values = bytes.Clone(rec.Values)
	}
	return store.Entry{Key: key, Record: rec}, true
}

// owns reports whether a user's list has the record.
func (s *reference) owns(user string, key store.Key, rec store.Record) bool {
	switch s.flaw {
	case userIsPrefix:
		return strings.HasPrefix(rec.User, user)
	case userIgnoresCase:
		return strings.EqualFold(rec.User, user)
	case userIsCut:
		return rec.User[:min(255, len(rec.User))] == user[:min(255, len(user))]
	case userIsText:
		return strings.ToValidUTF8(rec.User, "?") == strings.ToValidUTF8(user, "?")
	case indexEndsTooSoon:
		return s.index[user][key] && time.Now().Before(s.ends[user])
	case indexKeepsOldUser, indexKnowsInsertsOnly, indexRaces, indexIsLate, importIsNotIndexed:
		return s.index[user][key]
	}
	return rec.User == user
}

// reindex puts a record's key to its user's in the index, from those of the user that it had. The caller has the lock.
func (s *reference) reindex(key store.Key, old, user string) {
	switch s.flaw {
	case indexKnowsInsertsOnly:
		if s.records[key].Version > 1 {
			return
		}
	case indexIsLate:
		s.letOthersIn()
	}
	if old != user && s.flaw != indexKeepsOldUser {
		s.writeIndex(old, func(keys map[store.Key]bool) { delete(keys, key) })
	}
	if user == "" {
		return
	}
	if len(s.index[user]) == 0 {
		s.ends[user] = s.records[key].Expires // and never later
	}
	s.writeIndex(user, func(keys map[store.Key]bool) { keys[key] = true })
}

// writeIndex changes the keys of a user in a copy, as who reads and writes them as a whole.
func (s *reference) writeIndex(user string, change func(keys map[store.Key]bool)) {
	keys := maps.Clone(s.index[user])
	if keys == nil {
		keys = map[store.Key]bool{}
	}
	change(keys)
	if s.flaw == indexRaces {
		s.letOthersIn()
	}
	s.index[user] = keys
}

// takeReader takes what a list needs while it is read. There is little of it: for one flaw, enough for one caller.
func (s *reference) takeReader(ctx context.Context) error {
	select {
	case s.readers <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *reference) freeReader() { <-s.readers }

// fails yields an error and ends, where it is right.
func (s *reference) fails(key store.Key, err error, yield func(store.Entry, error) bool) {
	err = s.contextError(key, err)
	switch s.flaw {
	case listEndsQuietly:
	case listFailsWithEntry:
		yield(store.Entry{Key: key}, err)
	case listFailsTwice:
		if yield(store.Entry{}, err) {
			yield(store.Entry{}, err)
		}
	default:
		yield(store.Entry{}, err)
	}
}
