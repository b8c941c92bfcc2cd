package redisstore

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

const (
	fetched = 64  // records of a list in memory at a time
	scanned = 512 // keys that the server looks at for one SCAN
)

// List yields every record, by SCAN, which looks at every key of the database, on every primary of a Cluster; see
// session.Lister. It holds one connection, and fetches 64 records at a time.
//
// In a Cluster it fails where slots move, or a replica takes over, while it reads: a key that moves can be seen twice or
// not at all. List again then.
func (s *Store) List(ctx context.Context) iter.Seq2[session.Entry, error] {
	return func(yield func(session.Entry, error) bool) {
		l := list{store: s, ctx: ctx, yield: yield}
		if err := l.all(); err != nil {
			yield(session.Entry{}, wrap("list", err))
		}
	}
}

// ListUser yields the records of a user: those of the user's index that are there; see session.Lister. It fetches 64
// records at a time.
func (s *Store) ListUser(ctx context.Context, user string) iter.Seq2[session.Entry, error] {
	return func(yield func(session.Entry, error) bool) {
		if user == "" {
			return
		}
		l := list{store: s, ctx: ctx, yield: yield, user: user}
		if err := l.owned(); err != nil {
			yield(session.Entry{}, wrap("list", err))
		}
	}
}

// A list is being read. Its methods return errStop where the reader wants no more.
type list struct {
	store *Store
	ctx   context.Context //nolint:containedctx // of the call that a list is
	yield func(session.Entry, error) bool
	user  string // whose records; "" is everybody's
	seen  recent
}

var errStop = errors.New("the reader has stopped")

// all yields what SCAN finds, on each server.
func (l *list) all() error {
	client, err := call(l.ctx, l.store, repeatable, func(_ context.Context, client rueidis.Client) (rueidis.Client, error) { return client, nil })
	if err != nil {
		return err
	}
	if client.Mode() != rueidis.ClientModeCluster {
		return stopped(l.scan(client))
	}
	before, err := l.store.primaries(l.ctx)
	if err != nil {
		return err
	}
	for _, p := range before {
		if err := l.scan(p.client); err != nil {
			return stopped(err)
		}
	}
	after, err := l.store.primaries(l.ctx)
	if err == nil && !slices.EqualFunc(before, after, primary.same) {
		err = errMoved
	}
	return err
}

// scan yields what SCAN finds on one server. It keeps to one connection, as a cursor means nothing to another server,
// such as the one that takes over.
func (l *list) scan(server rueidis.Client) error {
	conn, release := server.Dedicate()
	defer release()
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		found, err := call(l.ctx, l.store, repeatable, func(ctx context.Context, _ rueidis.Client) (rueidis.ScanEntry, error) {
			return conn.Do(ctx, conn.B().Scan().Cursor(cursor).Match(l.store.options.Prefix+sessionKeys+"*").Count(scanned).Build()).AsScanEntry()
		})
		if err != nil {
			return err
		}
		cursor = found.Cursor
		if err := l.fetch(l.keys(found.Elements)); err != nil {
			return err
		}
	}
	return nil
}

// keys returns the sessions among what SCAN has found that it has not found before.
func (l *list) keys(names []string) (keys []session.Key) {
	for _, name := range names {
		key, ok := keyOf(strings.TrimPrefix(name, l.store.options.Prefix+sessionKeys))
		if ok && l.seen.add(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// owned yields the records that a user's index leads to.
func (l *list) owned() error {
	members, err := call(l.ctx, l.store, repeatable, func(ctx context.Context, client rueidis.Client) ([]string, error) {
		from := decimal(time.Now().Add(-indexSlack).UnixMilli())
		return client.Do(ctx, client.B().Zrangebyscore().Key(l.store.userKey(l.user)).Min(from).Max("+inf").Build().Pin()).AsStrSlice()
	})
	if err != nil {
		return err
	}
	keys := make([]session.Key, 0, len(members))
	for _, m := range members {
		if len(m) == len(session.Key{}) {
			keys = append(keys, session.Key([]byte(m)))
		}
	}
	return stopped(l.fetch(keys))
}

// fetch yields the records under the keys that are there, and the user's.
func (l *list) fetch(keys []session.Key) error {
	for batch := range slices.Chunk(keys, fetched) {
		entries, err := call(l.ctx, l.store, repeatable, func(ctx context.Context, client rueidis.Client) ([]session.Entry, error) {
			return l.store.get(ctx, client, batch)
		})
		if err != nil {
			return err
		}
		for _, e := range entries {
			if (l.user == "" || e.Record.User == l.user) && !l.yield(e, nil) {
				return errStop
			}
		}
	}
	return nil
}

// get returns the records under the keys that are there. The client sends each key where it belongs.
func (s *Store) get(ctx context.Context, client rueidis.Client, keys []session.Key) ([]session.Entry, error) {
	commands := make(rueidis.Commands, len(keys))
	for i := range keys {
		commands[i] = client.B().Get().Key(s.key(&keys[i])).Build().Pin()
	}
	entries := make([]session.Entry, 0, len(keys))
	for i, answer := range client.DoMulti(ctx, commands...) {
		rec, err := read(answer)
		switch {
		case err == nil:
			entries = append(entries, session.Entry{Key: keys[i], Record: rec})
		case !errors.Is(err, session.ErrNotFound):
			return nil, err
		}
	}
	return entries, nil
}

func stopped(err error) error {
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// recent remembers the keys that SCAN found last. It finds one twice where the table of keys has shrunk meanwhile, and
// then among those that it found just before: as SCAN walks, what comes together in a smaller table is visited in a row.
type recent struct {
	ring []session.Key
	next int
	set  map[session.Key]struct{}
}

// remembered is far more than come together where a table becomes a thousandth of what it was.
const remembered = 1 << 15

// add reports whether key is new.
func (r *recent) add(key session.Key) bool {
	if _, ok := r.set[key]; ok {
		return false
	}
	if r.set == nil {
		r.set = map[session.Key]struct{}{}
	}
	if len(r.ring) < remembered {
		r.ring = append(r.ring, key)
	} else {
		delete(r.set, r.ring[r.next])
		r.ring[r.next] = key
		r.next = (r.next + 1) % remembered
	}
	r.set[key] = struct{}{}
	return true
}
