package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Sealed values are unreadable to who reads the store, and cannot be changed, taken to another session or put back in
// time by who writes to it without being noticed:
//
//	format 2 | key id | nonce, 12 bytes | AES-256-GCM of the values, with its tag of 16 bytes
//
// What is in the clear beside them (store key, version, times, user) is bound to them as associated data. Each session
// has a key of its own, derived from the one of the installation and the store's key, so that random nonces stay far from
// the 2^32 messages a key that NIST SP 800-38D, section 8.3, allows.
const (
	sealedFormat = 2
	sealedHeader = 2
	sealLabel    = "record v1\x00"
)

var (
	errUnsealed = errors.New("its values are not encrypted")
	errNoKey    = errors.New("its values are encrypted with a key that is not known")
	errSeal     = errors.New("its values do not open")
)

// seals are the keys that values are sealed with: the first seals, all of them open.
type seals []sealKey

type sealKey struct {
	id   byte
	root []byte
}

// newSeals derives the keys from root keys, the current one's first.
func newSeals(roots [][]byte) (seals, error) {
	var all seals
	for _, root := range roots {
		key, err := newSealKey(root)
		if err != nil {
			return nil, fmt.Errorf("session: derive keys: %w", err)
		}
		all = append(all, key)
	}
	return all, nil
}

// newSealKey derives the key from uniform bytes.
func newSealKey(root []byte) (sealKey, error) {
	key, err := hkdf.Expand(sha256.New, root, "record encryption v1", sha256.Size)
	if err != nil {
		return sealKey{}, err
	}
	id, err := hkdf.Expand(sha256.New, root, "record key id", 1)
	if err != nil {
		return sealKey{}, err
	}
	return sealKey{id: id[0], root: key}, nil
}

// seal returns what is to be stored for the record's values when it is saved next.
func (s seals) seal(key Key, rec Record) []byte {
	current := s[0]
	rec.Version++ // as it will be stored
	sealed := make([]byte, sealedHeader, sealedHeader+len(rec.Values)+28)
	sealed[0], sealed[1] = sealedFormat, current.id
	return current.forSession(key).Seal(sealed, nil, rec.Values, associated(key, &rec, sealed)) //nolint:gosec // it makes its own nonce
}

// open returns the values of a record as it was stored.
func (s seals) open(key Key, rec Record) ([]byte, error) {
	sealed := rec.Values
	if len(sealed) < sealedHeader || sealed[0] != sealedFormat {
		return nil, errUnsealed
	}
	err := errNoKey
	for _, k := range s {
		if k.id != sealed[1] {
			continue
		}
		header, text := sealed[:sealedHeader], sealed[sealedHeader:]
		plain, failed := k.forSession(key).Open(nil, nil, text, associated(key, &rec, header))
		if failed == nil {
			return plain, nil
		}
		err = errSeal
	}
	return nil, err
}

// forSession returns the cipher of one session.
func (k sealKey) forSession(key Key) cipher.AEAD {
	sub, err := hkdf.Expand(sha256.New, k.root, sealLabel+string(key[:]), sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("session: derive a record's key: %v", err)) // only for a length that is too large
	}
	block, err := aes.NewCipher(sub)
	if err != nil {
		panic(fmt.Sprintf("session: make a record's cipher: %v", err)) // only for a key of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(fmt.Sprintf("session: make a record's cipher: %v", err)) // only for another block size
	}
	return aead
}

// associated returns what is bound to the values of a record.
func associated(key Key, rec *Record, header []byte) []byte {
	b := slices.Concat(header, key[:])
	b = binary.BigEndian.AppendUint64(b, rec.Version)
	for _, m := range [...]moment{at(rec.Created), at(rec.Seen), at(rec.Expires)} {
		b = binary.BigEndian.AppendUint64(b, uint64(m)) //nolint:gosec // two's complement
	}
	return append(b, rec.User...)
}
