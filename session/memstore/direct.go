package memstore

import (
	"errors"

	"github.com/proapi-go/proapi/session/internal/direct"
	"github.com/proapi-go/proapi/session/store"
)

// LoadDirect is [Store.Load] for package session, at a time in microseconds since 1970. Where there is an error, there is
// nothing to be used in rec.
func (s *Store) LoadDirect(key *store.Key, now int64, rec *direct.Record) error {
	return s.shard(key).load(key, rec, now)
}

// SaveDirect is [Store.Save] for package session, at a time in microseconds since 1970.
func (s *Store) SaveDirect(key *store.Key, now int64, rec *direct.Record) error {
	for {
		err := s.shard(key).save(key, rec, now)
		if !errors.Is(err, store.ErrFull) || s.reclaim(key[0], now) == 0 {
			return err
		}
	}
}
