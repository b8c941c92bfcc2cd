package session

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Sealed values are unreadable to who reads the store, and cannot be changed, taken to another session or put beside another
// version or other times by who writes to it without being noticed. A whole record that is put back as it once was, as from
// a backup, is not noticed: Manager.RevokeAll ends what was put back.
//
//	format 2 | key id | XAES-256-GCM of the values: nonce, 24 bytes, text, tag, 16 bytes
//
// What is in the clear beside them (store key, version, times, user) is bound to them as associated data.
const (
	sealedFormat = 2
	sealedHeader = 2
)

var (
	errUnsealed = errors.New("its values are not encrypted")
	errNoKey    = errors.New("its values are encrypted with a key that is not known")
	errSeal     = errors.New("its values do not open")
)

// seals are the keys that values are sealed with: the first seals, all of them open.
type seals []sealKey

type sealKey struct {
	id byte
	*xaes
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
	cipher, err := newXAES(key)
	return sealKey{id: id[0], xaes: cipher}, err
}

// seal returns what is to be stored for the record's values when it is saved next.
func (s seals) seal(key Key, rec Record) []byte {
	rec.Version++ // as it will be stored
	sealed := make([]byte, sealedHeader, sealedHeader+xaesOverhead+len(rec.Values))
	sealed[0], sealed[1] = sealedFormat, s[0].id
	return s[0].seal(sealed, rec.Values, associated(key, &rec, sealed))
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
		if plain, failed := k.open(text, associated(key, &rec, header)); failed == nil {
			return plain, nil
		}
		err = errSeal
	}
	return nil, err
}

// associated returns what is bound to the values of a record.
func associated(key Key, rec *Record, header []byte) []byte {
	b := make([]byte, 0, len(header)+len(key)+32+len(rec.User))
	b = append(append(b, header...), key[:]...)
	b = binary.BigEndian.AppendUint64(b, rec.Version)
	for _, m := range [...]moment{at(rec.Created), at(rec.Seen), at(rec.Expires)} {
		b = binary.BigEndian.AppendUint64(b, uint64(m)) //nolint:gosec // two's complement
	}
	return append(b, rec.User...)
}
