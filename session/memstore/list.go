package memstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
	"github.com/proapi-go/proapi/session/store"
)

var _ store.Lister = (*Store)(nil)

// listSlice is how many keys a list reads, more or less, before it lets others have the shard: some 10 microseconds.
const listSlice = 64

// List yields every record, shard by shard. See [store.Lister]. It takes some 64 keys at a time, and then each of their
// records as Load does: nobody waits longer for a list than for a few calls.
func (s *Store) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		l := list{ctx: ctx, yield: yield}
		for i := range s.shards {
			if !l.alive() || !l.all(&s.shards[i]) {
				return
			}
		}
	}
}

// ListUser yields the records of a user. See [store.Lister]. It looks into an index of each of the 256 shards, which takes
// 10 to 50 microseconds in all, and besides at no record that is not the user's.
func (s *Store) ListUser(ctx context.Context, user string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if user == "" {
			return
		}
		l := list{ctx: ctx, yield: yield, user: user}
		for i := range s.shards {
			if !l.alive() || !l.owned(&s.shards[i]) {
				return
			}
		}
	}
}

// A list is being read. Its methods report whether to go on.
type list struct {
	ctx   context.Context //nolint:containedctx // of the call that a list is
	yield func(store.Entry, error) bool
	user  string // whose records; "" is everybody's

	owners []place     // the user's, in one shard
	places []place     // of one slice
	keys   []store.Key // of one slice
}

// all yields a shard's records, slice by slice.
func (l *list) all(s *shard) bool {
	for first := uint64(0); first <= math.MaxUint32; {
		last := min(first+s.sliceWidth()-1, math.MaxUint32)
		if !l.slice(s, uint32(first), uint32(last)) {
			return false
		}
		first = last + 1
	}
	return true
}

// owned yields the user's records in a shard. One tag may be that of two of them.
func (l *list) owned(s *shard) bool {
	var err error
	if l.owners, err = s.owned(l.owners[:0], l.user); err != nil {
		return l.fail(err)
	}
	slices.Sort(l.owners)
	for _, p := range slices.Compact(l.owners) {
		if tag := p.found(); !l.slice(s, tag, tag) {
			return false
		}
	}
	return true
}

// slice yields the records whose keys have the tags from first to last. A key keeps its tag, so that a slice is the same
// wherever its records are moved.
func (l *list) slice(s *shard, first, last uint32) bool {
	if err := l.read(s, first, last); err != nil {
		return l.fail(err)
	}
	for i := range l.keys {
		if !l.alive() || !l.record(s, &l.keys[i]) {
			return false
		}
	}
	return true
}

// read reads a slice's keys.
func (l *list) read(s *shard, first, last uint32) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	l.keys, l.places = l.keys[:0], s.index.appendRange(l.places[:0], first, last)
	for _, p := range l.places {
		l.keys = append(l.keys, *s.arena.at(p.ref()).key())
	}
	return nil
}

// record yields the record under a key, if it is there and the user's.
func (l *list) record(s *shard, key *store.Key) bool {
	var rec direct.Record
	err := s.load(key, &rec, time.Now().UnixMicro())
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && l.user != "" && rec.User != l.user:
		return true
	case err != nil:
		l.yield(store.Entry{}, err)
		return false
	}
	return l.yield(store.Entry{Key: *key, Record: rec.Stored()}, nil)
}

// alive fails when the context has ended.
func (l *list) alive() bool {
	err := l.ctx.Err()
	return err == nil || l.fail(err)
}

func (l *list) fail(err error) bool {
	l.yield(store.Entry{}, fmt.Errorf("memstore: list: %w", err))
	return false
}

// sliceWidth returns how many tags in a row are those of listSlice keys, more or less.
func (s *shard) sliceWidth() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return (1 << 32) / uint64(s.index.used/listSlice+1) //nolint:gosec // not negative
}
