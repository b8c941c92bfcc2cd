package filestore

import (
	"context"
	"os"

	"github.com/proapi-go/proapi/session/store"
)

// TrustAtOnce makes the cache keep what it reads even where the file is younger than a tick of the clock.
func TrustAtOnce(s *Store) { s.settle = -1 << 62 }

// ReplaceDisk puts the given functions in the place of those that flush, where they are not nil.
func ReplaceDisk(s *Store, file func(*os.File) error, directory func(*os.Root) error) {
	if file != nil {
		s.disk.file = file
	}
	if directory != nil {
		s.disk.directory = directory
	}
}

// CacheUse returns the number of entries in the cache and the bytes that they count for.
func CacheUse(s *Store) (entries int, bytes int64) {
	for i := range s.cache.parts {
		p := &s.cache.parts[i]
		p.mu.Lock()
		entries += len(p.entries)
		bytes += p.bytes
		p.mu.Unlock()
	}
	return entries, bytes
}

// Decode is decode, for what it says of arbitrary bytes, and what it makes of them again.
func Decode(key store.Key, b []byte) (again []byte, err error) {
	e, err := decode(key, b)
	if err != nil {
		return nil, err
	}
	return e.encode(key), nil
}

// Changes returns how many changes were made in the key's shard.
func Changes(s *Store, key store.Key) uint64 { return s.shard(key).pending.changes.Load() }

// Check returns when the index has been checked.
func Check(s *Store) error { return s.check(context.Background()) }

// Held reports whether somebody of this store has the key's shard to himself, or waits for another store to leave it.
func Held(s *Store, key store.Key) bool { return len(s.shard(key).turn) == 1 }
