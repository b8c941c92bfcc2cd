package movetest

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// Memory is a store in as few lines as it takes, with every part that a store may have: one to move between, and one to
// look into. It is safe for concurrent use; its zero value is empty.
type Memory struct {
	mu       sync.Mutex
	records  map[store.Key]store.Record
	deleted  map[store.Key]tombstone
	watchers []chan store.Key
	usage    store.Usage // its sweeps
}

type tombstone struct{ at, until time.Time }

// Load returns the record saved last under key. See [store.Store].
func (m *Memory) Load(ctx context.Context, key store.Key) (store.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, err := m.find(ctx, key)
	rec.Values = bytes.Clone(rec.Values)
	return rec, err
}

// Save stores rec by compare-and-swap. See [store.Store].
func (m *Memory) Save(ctx context.Context, key store.Key, rec store.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, err := m.find(ctx, key)
	if err := refused(err); err != nil {
		return err
	}
	if old.Version != rec.Version {
		return store.ErrConflict
	}
	rec.Version++
	m.put(key, rec)
	return nil
}

// Import stores rec as it is where there is nothing. See [store.Importer].
func (m *Memory) Import(ctx context.Context, key store.Key, rec store.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, err := m.find(ctx, key)
	if err := refused(err); err != nil {
		return err
	}
	if old.Version != 0 {
		return store.ErrConflict
	}
	m.put(key, rec)
	return nil
}

// Delete leaves a tombstone. See [store.Store].
func (m *Memory) Delete(ctx context.Context, key store.Key, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	t, ok := m.deleted[key]
	if !ok || !now.Before(t.until) {
		t = tombstone{at: now, until: until}
	}
	if until.After(t.until) {
		t.until = until
	}
	delete(m.records, key)
	if m.deleted == nil {
		m.deleted = map[store.Key]tombstone{}
	}
	m.deleted[key] = t
	for _, w := range m.watchers {
		w <- key
	}
	return nil
}

// Sweep removes what has expired. See [store.Sweeper].
func (m *Memory) Sweep(context.Context) (removed int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() {
		m.usage.Sweeps++
		m.usage.Swept += uint64(removed) //nolint:gosec // not negative
	}()
	now := time.Now()
	for key, rec := range m.records {
		if rec.Expired(now) {
			delete(m.records, key)
			removed++
		}
	}
	for key, t := range m.deleted {
		if !now.Before(t.until) {
			delete(m.deleted, key)
			removed++
		}
	}
	return removed, nil
}

// Usage counts the records, those included that have expired. See [store.Measurer].
func (m *Memory) Usage(ctx context.Context) (store.Usage, error) {
	if err := ctx.Err(); err != nil {
		return store.Usage{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.usage
	u.Sessions, u.Exact = int64(len(m.records)), true
	for _, rec := range m.records {
		u.Bytes += int64(rec.EncodedSize())
	}
	return u, nil
}

// List yields every record. See [store.Lister].
func (m *Memory) List(ctx context.Context) iter.Seq2[store.Entry, error] {
	return m.list(ctx, func(*store.Record) bool { return true })
}

// ListUser yields the user's records. See [store.Lister].
func (m *Memory) ListUser(ctx context.Context, user string) iter.Seq2[store.Entry, error] {
	return m.list(ctx, func(rec *store.Record) bool { return user != "" && rec.User == user })
}

// Watch tells of every deletion. See [store.Notifier].
func (m *Memory) Watch(ctx context.Context, ready func(), deleted func(store.Key)) error {
	keys := make(chan store.Key, 1024)
	m.mu.Lock()
	m.watchers = append(m.watchers, keys)
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.watchers = slices.DeleteFunc(m.watchers, func(w chan store.Key) bool { return w == keys })
	}()
	ready()
	for {
		select {
		case key := <-keys:
			deleted(key)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// find returns the record, and an error as Load's where it is not there. The caller holds the lock.
func (m *Memory) find(ctx context.Context, key store.Key) (store.Record, error) {
	if err := ctx.Err(); err != nil {
		return store.Record{}, err
	}
	now := time.Now()
	if t, ok := m.deleted[key]; ok && now.Before(t.until) {
		return store.Record{}, &store.DeletedError{At: t.at}
	}
	rec, ok := m.records[key]
	if !ok || rec.Expired(now) {
		return store.Record{}, store.ErrNotFound
	}
	return rec, nil
}

// refused makes what find returned the error of a save.
func refused(err error) error {
	switch err.(type) { //nolint:errorlint // find wraps nothing
	case nil:
		return nil
	case *store.DeletedError:
		return store.ErrConflict
	}
	if err == store.ErrNotFound { //nolint:errorlint // find wraps nothing
		return nil
	}
	return err
}

func (m *Memory) put(key store.Key, rec store.Record) {
	rec.Values = bytes.Clone(rec.Values)
	if m.records == nil {
		m.records = map[store.Key]store.Record{}
	}
	m.records[key] = rec
}

func (m *Memory) list(ctx context.Context, wanted func(*store.Record) bool) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		m.mu.Lock()
		keys := make([]store.Key, 0, len(m.records))
		for key := range m.records {
			keys = append(keys, key)
		}
		m.mu.Unlock()
		if err := ctx.Err(); err != nil {
			yield(store.Entry{}, err)
			return
		}
		for _, key := range keys {
			rec, err := m.Load(ctx, key)
			if err := ctx.Err(); err != nil {
				yield(store.Entry{}, err)
				return
			}
			if err == nil && wanted(&rec) && !yield(store.Entry{Key: key, Record: rec}, nil) {
				return
			}
		}
	}
}
