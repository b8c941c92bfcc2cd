package memstore

import (
	"hash/maphash"

	"github.com/proapi-go/proapi/session/store"
)

// A shard's index by user finds, by a hash of the user, the tags of the keys of the user's records, and not the records:
// those that move need not be moved in it, and a list may read it once and then fetch record by record, while others come
// and go. The hash has a seed, so that who chooses his own name cannot choose whom it collides with.
//
// A user's places lie in a row, and a new one goes to its end: with a million sessions of one user, a save of a new one
// takes some microseconds longer.

// userBytes is what a record is charged for having a user, beside the user's own bytes: 8 in the index, and their slack.
const userBytes = 16

// userTag is odd, so that no place in the index is 0.
func userTag(seed maphash.Seed, user string) uint32 {
	return uint32(maphash.String(seed, user)) | 1 //nolint:gosec // half of a hash is one
}

// ownerPlace returns the place in the index by user of a user's record, 0 where there is no user.
func (s *shard) ownerPlace(user string, key *store.Key) place {
	if user == "" {
		return 0
	}
	return newPlace(userTag(s.seed, user), tagOf(key))
}

// owner returns an entry's place in the index by user, 0 where it has none.
func (s *shard) owner(e entry) place {
	user := e.user()
	if len(user) == 0 {
		return 0
	}
	return newPlace(uint32(maphash.Bytes(s.seed, user))|1, tagOf(e.key())) //nolint:gosec // as userTag
}

// own puts a record's new place in the index by user, if any, where the old one was, if any.
func (s *shard) own(old, owner place) {
	if old == owner {
		return
	}
	if old != 0 {
		s.users.remove(old)
	}
	if owner != 0 {
		s.users.insert(owner)
	}
}

// owned appends the places of a user's records, and of those of another user with the same tag.
func (s *shard) owned(places []place, user string) ([]place, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return places, ErrClosed
	}
	tag := userTag(s.seed, user)
	return s.users.appendRange(places, tag, tag), nil
}
