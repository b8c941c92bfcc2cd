package redisstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

// A Store keeps sessions in Redis or Valkey. Its methods may be called from many goroutines, and many stores, in this
// process or others, may share a server and a prefix. Its errors hold no key, no value and no password.
type Store struct {
	options Options
	link    *link
	scripts scripts

	closing   chan struct{} // closed when Close begins
	closeOnce sync.Once
}

var (
	_ session.Store    = (*Store)(nil)
	_ session.Lister   = (*Store)(nil)
	_ session.Notifier = (*Store)(nil)
	_ session.Importer = (*Store)(nil)
)

// New returns a store on a client of the caller's, which stays the caller's to close, after Close. It asks the server for
// nothing. Its error names every wrong option and what would be right.
//
// The client must not read from replicas (SendToReplicas, ReplicaOnly), which may not have yet what was saved. How it
// connects, for how long and how often it tries again to read is the client's own affair; see [Open] for what suits.
func New(client rueidis.Client, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if client == nil {
		err = errors.Join(err, errors.New("redisstore: the client is nil: make one with rueidis.NewClient, or use Open"))
	}
	if err != nil {
		return nil, err
	}
	return newStore(&link{current: client}, o), nil
}

func newStore(l *link, o Options) *Store {
	return &Store{options: o, link: l, scripts: newScripts(), closing: make(chan struct{})}
}

// Load returns the record saved last under key; see session.Store. It is one command, GET.
func (s *Store) Load(ctx context.Context, key session.Key) (session.Record, error) {
	rec, err := call(ctx, s, repeatable, func(ctx context.Context, client rueidis.Client) (session.Record, error) {
		return read(client.Do(ctx, client.B().Get().Key(s.key(&key)).Build().Pin()))
	})
	return rec, wrap("load", err)
}

// Save stores rec if rec.Version is the stored version; see session.Store. It is one script, and is never sent a second
// time unless the server says that it has not run. Where the user is another one than that of the stored record, or the
// record lives longer than the user's index knew, the index is told first, by a script more or two.
//
// A server that is at its maxmemory makes it an error that wraps session.ErrFull; what was stored stays.
func (s *Store) Save(ctx context.Context, key session.Key, rec session.Record) error {
	base := rec.Version
	rec.Version++
	return wrap("save", s.put(ctx, key, rec, base))
}

// Import stores rec as it is, where there is nothing under key; see session.Importer.
func (s *Store) Import(ctx context.Context, key session.Key, rec session.Record) error {
	if rec.Version == 0 {
		return errors.New("redisstore: import: a record of version 0 was never saved: use Save")
	}
	return wrap("import", s.put(ctx, key, rec, 0))
}

// put stores rec where the stored version is base. Its bytes are copied first: the caller has them back when the call is
// over, though the client may still be at it.
func (s *Store) put(ctx context.Context, key session.Key, rec session.Record, base uint64) error {
	p := put{key: key, base: base, user: rec.User, expires: rec.Expires, record: binaryOf(&rec)}
	_, err := call(ctx, s, once, func(ctx context.Context, client rueidis.Client) (struct{}, error) {
		return struct{}{}, s.putIndexed(ctx, client, &p)
	})
	return err
}

// Delete puts a tombstone in the record's place and tells who watches; see session.Store and [Store.Watch]. As it does no
// harm to delete twice, it is sent again where a connection was lost. It finds room where the server is full.
func (s *Store) Delete(ctx context.Context, key session.Key, until time.Time) error {
	_, err := call(ctx, s, repeatable, func(ctx context.Context, client rueidis.Client) (struct{}, error) {
		return struct{}{}, s.delete(ctx, client, &key, until)
	})
	return wrap("delete", err)
}

func (s *Store) delete(ctx context.Context, client rueidis.Client, key *session.Key, until time.Time) error {
	now, end := time.Now(), until.Add(time.Microsecond-1) // rounded up: not a moment too short
	answer, err := s.change(ctx, client, s.scripts.delete, s.key(key),
		eightBytes(now.UnixMicro())+eightBytes(end.UnixMicro()), decimal(now.UnixMicro()), decimal(lifetime(now, end)),
		s.channel(), text.EncodeToString(key[:]))
	if err != nil {
		return err
	}
	owner, err := answer.AsStrSlice()
	if err == nil && len(owner) == 2 && owner[0] != "" {
		s.unindex(ctx, client, key, owner[0], owner[1])
	}
	return err
}

// Close ends whatever watches, and the client's connections where Open made it. Later calls return an error that wraps
// fs.ErrClosed. It may be called more than once and returns nil.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		s.link.close()
	})
	return nil
}

func (s *Store) closed() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// key returns the name of the key under which a session is stored.
func (s *Store) key(key *session.Key) string {
	b := make([]byte, 0, len(s.options.Prefix)+len(sessionKeys)+text.EncodedLen(len(key)))
	b = append(append(b, s.options.Prefix...), sessionKeys...)
	return rueidis.BinaryString(text.AppendEncode(b, key[:]))
}

// The kinds of names after the prefix.
const (
	sessionKeys = "s:"
	userKeys    = "u:"
	deletions   = "deleted"
)

// channel returns the name of the channel on which deletions are told.
func (s *Store) channel() string { return s.options.Prefix + deletions }
