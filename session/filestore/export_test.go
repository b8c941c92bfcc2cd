package filestore

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
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

// Decode is decodeFile, for what it says of arbitrary bytes, and the copy that it makes of what counts in them.
func Decode(key store.Key, b []byte) (again []byte, err error) {
	c, err := decodeFile(key, b)
	if err != nil {
		return nil, err
	}
	return c.entry.encode(key, c.number), nil
}

// ContentOf is contentOf, for the user of the record that it finds.
func ContentOf(key store.Key, f io.ReaderAt, size int64) (user string, err error) {
	c, err := contentOf(key, f, size)
	return c.entry.record.User, err
}

// Copy returns a user's record as it stands in a file, with a number.
func Copy(key store.Key, user string, number uint64) []byte {
	e := entry{record: store.Record{User: user}}
	return e.encode(key, number)
}

// Sum returns bytes with the checksum of a copy that has so much as they say, or all of them.
func Sum(key store.Key, b []byte) []byte {
	if len(b) < headerSize {
		return b
	}
	b = bytes.Clone(b)
	length := min(int64(binary.BigEndian.Uint32(b[lengthAt:])), int64(len(b)-headerSize))
	binary.BigEndian.PutUint32(b[prefixSize:], checksum(key, b[:headerSize+int(length)]))
	return b
}

// Changes returns how many changes were made in the key's shard.
func Changes(s *Store, key store.Key) uint64 { return s.shard(key).pending.changes.Load() }

// Check returns when the index has been checked.
func Check(s *Store) error { return s.check(context.Background()) }

// Hold holds the key's shard as somebody does who writes there, until release is called.
func Hold(s *Store, key store.Key) (release func(), err error) {
	sh := s.shard(key)
	d, err := sh.hold(context.Background())
	return func() { sh.release(d) }, err
}

// Held reports whether somebody of this store has the key's shard to himself, or waits for another store to leave it.
func Held(s *Store, key store.Key) bool { return len(s.shard(key).turn) == 1 }
