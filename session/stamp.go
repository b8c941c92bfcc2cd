package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// A stamp is a record in the store that is no session's, and says until when sessions are revoked: everybody's (an epoch),
// a user's, or those of one login. It is for what a list of sessions does not show: a login, or a renewal, that is under way
// while the list is read, and stores its record behind the reader's back. Whoever revokes first stamps and then lists;
// whoever stores a user's session under a new ID first stores and then looks for the stamp. One of the two sees the other.
type stamp struct {
	at     moment // 0 where there is none
	spared string // the login whose sessions are not revoked, "" where all are
}

const (
	stampFormat   = 0   // of the values of a record that is a stamp: no session's begin like this
	stampAttempts = 100 // at saving one, before it is an error: nobody stamps so often at the same time
)

// userEpochKey is the key of the stamp for all of a user's sessions.
func userEpochKey(user string) Key { return stampKey("user\x00" + user) }

// loginKey is the key of the stamp for the sessions of one login.
func loginKey(login string) Key { return stampKey("login\x00" + login) }

// stampKey returns a store's key that is no session's, since nobody knows an ID whose SHA-256 it is.
func stampKey(name string) Key {
	return sha256.Sum256([]byte("github.com/proapi-go/proapi/session\x00" + name))
}

// isStamp reports whether what a list yields is no session.
func isStamp(rec *Record) bool { return len(rec.Values) > 0 && rec.Values[0] == stampFormat }

// readStamp returns the stamp under key.
func readStamp(ctx context.Context, s Store, key Key) (stamp, error) {
	rec, err := s.Load(ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return stamp{}, nil
	case err != nil:
		return stamp{}, err
	case !isStamp(&rec):
		return stamp{at: at(rec.Created)}, nil
	}
	return stamp{at: at(rec.Created), spared: string(rec.Values[1:])}, nil
}

// save stores the stamp under key, and returns when it is for: after one that is there already, so that each counts,
// whatever the clocks of those say who stamp.
func (st stamp) save(ctx context.Context, s Store, key Key, life time.Duration) (moment, error) {
	for range stampAttempts {
		rec, err := s.Load(ctx, key)
		switch {
		case err == nil:
			st.at = max(st.at, at(rec.Created)+1)
		case !errors.Is(err, ErrNotFound):
			return 0, err
		}
		err = s.Save(ctx, key, Record{
			Version: rec.Version, Created: st.at.time(), Seen: st.at.time(), Expires: st.at.after(life).time(),
			Values: append([]byte{stampFormat}, st.spared...),
		})
		if !errors.Is(err, ErrConflict) {
			return st.at, err
		}
	}
	return 0, ErrConflict
}
