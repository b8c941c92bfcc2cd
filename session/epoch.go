package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// An epoch is the time up to which everybody's sessions are revoked. It is a stamp in the store, so that raising it costs
// one save however many sessions there are; every Manager looks once a second, while it has requests.
type epoch struct {
	mu      sync.Mutex
	cut     atomic.Int64 // moment
	checked atomic.Int64 // moment; 0 is never
}

const (
	epochInterval = time.Second               // how old what is known of the epoch may be
	epochLife     = longestAge + 24*time.Hour // how long its stamp is kept: no session lives longer
	userEpochLife = time.Hour                 // and that of one user: no login takes longer
	stampFormat   = 0                         // of the values of a record that is a stamp and no session
)

var epochKey = stampKey("everybody")

// userEpochKey is the key of the time up to which a user's sessions are revoked: logins that were under way then are not
// in the list of his sessions yet.
func userEpochKey(user string) Key { return stampKey("user\x00" + user) }

// stampKey returns a store's key that is no session's, since nobody knows an ID whose SHA-256 it is.
func stampKey(name string) Key {
	return sha256.Sum256([]byte("github.com/proapi-go/proapi/session\x00" + name))
}

// isStamp reports whether what a list yields is no session.
func isStamp(rec *Record) bool { return len(rec.Values) > 0 && rec.Values[0] == stampFormat }

// get returns the epoch as it was known at now or up to epochInterval before. While one request looks, others go by what
// was known.
func (e *epoch) get(ctx context.Context, s Store, now moment) (moment, error) {
	checked := moment(e.checked.Load())
	if now.since(checked) < epochInterval {
		return moment(e.cut.Load()), nil
	}
	if checked == 0 {
		e.mu.Lock()
	} else if !e.mu.TryLock() {
		return moment(e.cut.Load()), nil
	}
	defer e.mu.Unlock()
	if now.since(moment(e.checked.Load())) >= epochInterval {
		cut, err := readStamp(ctx, s, epochKey)
		if err != nil {
			return 0, err
		}
		e.raise(cut)
		e.checked.Store(int64(now))
	}
	return moment(e.cut.Load()), nil
}

// raise makes the epoch known here. It never goes back.
func (e *epoch) raise(cut moment) {
	for {
		old := e.cut.Load()
		if int64(cut) <= old || e.cut.CompareAndSwap(old, int64(cut)) {
			return
		}
	}
}

// readStamp returns the time that is stored under key, 0 where there is none.
func readStamp(ctx context.Context, s Store, key Key) (moment, error) {
	rec, err := s.Load(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return at(rec.Created), err
}

// stamp stores a time under key, unless a later one is there.
func stamp(ctx context.Context, s Store, key Key, t moment, life time.Duration) error {
	for {
		rec, err := s.Load(ctx, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err == nil && at(rec.Created) >= t {
			return nil
		}
		err = s.Save(ctx, key, Record{
			Version: rec.Version, Created: t.time(), Seen: t.time(), Expires: t.after(life).time(), Values: []byte{stampFormat},
		})
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}
