package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

// A user's index is a sorted set of the user's sessions under a key of its own, in a Cluster on another server. No
// command changes both, so the index is told first, and until when it keeps the session, which is long after the
// record's end. The record remembers that, and is saved without another word to the index as long as it stays the same
// user's and ends before. So an index has every session that the user has, and some that he had: it is cleared of
// those when they are deleted, and of the others in time.

// indexSlack is for how long the index keeps a session beyond what it was told, for clocks that differ.
const indexSlack = time.Minute

// A put is a record that is to be stored.
type put struct {
	key     session.Key
	base    uint64 // the version that has to be there
	user    string
	expires time.Time
	record  string // in its binary form
}

// putIndexed saves, and tells the index before where it has to know.
func (s *Store) putIndexed(ctx context.Context, client rueidis.Client, p *put) error {
	indexed := ""
	if p.base == 0 && p.user != "" && time.Now().Before(p.expires) {
		var err error
		if indexed, err = s.index(ctx, client, p); err != nil {
			return err
		}
	}
	answer, err := s.putOnce(ctx, client, p, indexed)
	if err == nil && answer == indexFirst {
		if indexed, err = s.index(ctx, client, p); err != nil {
			return err
		}
		answer, err = s.putOnce(ctx, client, p, indexed)
	}
	if err == nil && answer != saved {
		return session.ErrConflict
	}
	return err
}

// putOnce runs the script that saves and returns its answer.
func (s *Store) putOnce(ctx context.Context, client rueidis.Client, p *put, indexed string) (int64, error) {
	now := time.Now()
	answer, err := s.change(ctx, client, s.scripts.save, s.key(&p.key), eightBytes(int64(p.base)), p.record, //nolint:gosec // two's complement
		strconv.Itoa(userOffset+len(p.user)), decimal(now.UnixMicro()), decimal(lifetime(now, p.expires)), indexed)
	if err != nil {
		return 0, err
	}
	return answer.AsInt64()
}

// index tells the user's index of the session and returns until when the index has it, for the record to remember. The
// further off the session's end is, the longer beyond it: a session whose end moves on with each request is told about
// once in a lifetime, and not with each.
func (s *Store) index(ctx context.Context, client rueidis.Client, p *put) (string, error) {
	now := time.Now()
	until := p.expires.Add(min(max(p.expires.Sub(now), time.Minute), 24*time.Hour))
	var indexed int64
	err := try(ctx, repeatable, func() error {
		answer, err := s.change(ctx, client, s.scripts.index, s.userKey(p.user),
			string(p.key[:]), decimal(until.UnixMilli()), decimal(now.Add(-indexSlack).UnixMilli()))
		if err == nil {
			indexed, err = answer.AsInt64()
		}
		return err
	})
	return eightBytes(indexed * 1000), err
}

// unindex removes a session that was deleted from the user's index. Where it fails, or the index was told of the session
// again, the session stays there until its time is over, which only costs a look.
func (s *Store) unindex(ctx context.Context, client rueidis.Client, key *session.Key, user, indexed string) {
	if len(indexed) != 8 {
		return
	}
	until := int64(binary.BigEndian.Uint64([]byte(indexed))) / 1000 //nolint:gosec // two's complement
	_ = s.scripts.unindex.Exec(ctx, client, []string{s.userKey(user)}, []string{string(key[:]), decimal(until)}).Error()
}

// userKey returns the name of a user's index. A hash of the user is as good as the user, and has no odd letters. Who finds
// two users of one hash gains nothing, since the records say whose they are.
func (s *Store) userKey(user string) string {
	sum := sha256.Sum256([]byte(user))
	return s.options.Prefix + userKeys + text.EncodeToString(sum[:16])
}
