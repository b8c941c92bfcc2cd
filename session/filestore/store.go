package filestore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A Store keeps sessions in a directory. Its methods may be called from many goroutines, and many stores, in this
// process or others, may use one directory. Their errors name no session.
type Store struct {
	options Options
	root    *os.Root
	disk    disk
	flusher *flusher // the disk's
	shards  [256]shard
	cache   cache
	index   index
	settle  time.Duration

	estimate atomic.Pointer[measured]
	sweeps   atomic.Uint64 // of the whole directory, to their end
	swept    atomic.Uint64 // what they have removed

	unflushed  chan struct{}   // holds a token where flushLater has something to do
	closing    <-chan struct{} // closed when Close begins
	stop       context.CancelFunc
	calls      sync.RWMutex // read-locked by each call, locked for good by Close
	background sync.WaitGroup
	closeOnce  sync.Once
	closeErr   error
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Sweeper  = (*Store)(nil)
	_ store.Lister   = (*Store)(nil)
	_ store.Importer = (*Store)(nil)
)

// New opens the directory and starts the goroutines that flush, sweep and check it; Close ends them. It returns an error that
// names the remedy where an option is wrong, where the directory is not safe (writable to others, another user's, a
// symbolic link, no directory), where it cannot be written to, and where its file system has no locks.
func New(options Options) (*Store, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	root, masked, err := openDirectory(o.Directory)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(o.Directory)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("filestore: the path of directory %q: %w", o.Directory, err), root.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	l := newFlusher()
	s := &Store{
		options:   o,
		root:      root,
		disk:      disk{file: l.flush, directory: syncDirectory, masked: masked},
		flusher:   l,
		cache:     cache{limit: o.CacheBytes / cacheParts},
		index:     index{turn: make(chan struct{}, 1)},
		settle:    defaultSettle,
		unflushed: make(chan struct{}, 1),
		closing:   ctx.Done(),
		stop:      stop,
	}
	if o.Sync == SyncNone {
		s.disk.file = nil
	}
	for i := range s.shards {
		s.shards[i].init(i, path, s)
	}
	s.start(ctx)
	return s, nil
}

func (s *Store) start(ctx context.Context) {
	if s.options.Sync == SyncInterval {
		s.background.Go(func() { s.flushLater(ctx) })
	}
	if s.options.SweepInterval > 0 {
		s.background.Go(func() { s.sweepAlways(ctx) })
	}
	s.background.Go(func() { s.checkOnce(ctx) })
}

// Load returns the record saved last under key; see store.Store. An unchanged session that was read before costs one
// stat. A broken file is moved to quarantine and counts as not there.
func (s *Store) Load(ctx context.Context, key store.Key) (store.Record, error) {
	if err := s.begin(ctx); err != nil {
		return store.Record{}, wrap("load", err)
	}
	defer s.calls.RUnlock()
	e, err := s.load(ctx, key, true)
	aside, broken := errors.AsType[setAsideError](err)
	switch {
	case broken:
		return store.Record{}, &store.BrokenError{Reason: string(aside)}
	case errors.Is(err, fs.ErrNotExist):
		return store.Record{}, store.ErrNotFound
	case err != nil:
		return store.Record{}, wrap("load", err)
	case e.ended(time.Now()):
		return store.Record{}, store.ErrNotFound
	case e.tombstone:
		return store.Record{}, &store.DeletedError{At: e.deleted}
	}
	e.record.Values = bytes.Clone(e.record.Values) // the cache may hold the others
	return e.record, nil
}

// Save stores rec if rec.Version is the stored version; see store.Store. Where it fails otherwise (a full or failing
// disk, no permission), the session is as it was, except that an error of the last flush, or of the context during it,
// leaves open which of the two a power cut would bring back. A flush that fails is not believed later: the session's next
// save makes a new file.
func (s *Store) Save(ctx context.Context, key store.Key, rec store.Record) error {
	if err := s.begin(ctx); err != nil {
		return wrap("save", err)
	}
	defer s.calls.RUnlock()
	base := rec.Version
	rec.Version++
	return wrap("save", s.put(ctx, key, base, &rec))
}

// Import stores rec with its own version; see store.Importer. It is as durable as a save, and fails like one.
func (s *Store) Import(ctx context.Context, key store.Key, rec store.Record) error {
	if err := s.begin(ctx); err != nil {
		return wrap("import", err)
	}
	defer s.calls.RUnlock()
	if rec.Version == 0 {
		return errors.New("filestore: import: the record has no version: it was never saved")
	}
	return wrap("import", s.put(ctx, key, 0, &rec))
}

// put stores rec as it is, if the stored version is base.
func (s *Store) put(ctx context.Context, key store.Key, base uint64, rec *store.Record) error {
	e := &entry{record: *rec}
	if e.size() > maxFile {
		return fmt.Errorf("a session of %d bytes is over the %d that a file may have", e.size(), maxFile)
	}
	return again(func() error { return s.save(ctx, key, base, e) })
}

// Delete puts a tombstone in the record's place; see store.Store. It is as durable as a save.
func (s *Store) Delete(ctx context.Context, key store.Key, until time.Time) error {
	if err := s.begin(ctx); err != nil {
		return wrap("delete", err)
	}
	defer s.calls.RUnlock()
	return wrap("delete", again(func() error { return s.remove(ctx, key, until) }))
}

// Close makes everything durable that Options.Sync promises to, ends the store's goroutines and closes its files. It
// waits for calls under way; later ones, and those that wait for a lock, return an error that wraps fs.ErrClosed. It
// may be called more than once and returns the same error each time.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.stop()
		s.background.Wait()
		s.calls.Lock() // for good: nothing is under way any more
		var errs []error
		if s.options.Sync != SyncNone {
			errs = append(errs, s.flushAll(context.Background()))
		}
		for i := range s.shards {
			errs = append(errs, s.shards[i].close())
		}
		s.flusher.close()
		errs = append(errs, s.root.Close())
		s.closeErr = wrap("close", errors.Join(errs...))
	})
	return s.closeErr
}

// begin begins a call, which ends with calls.RUnlock, unless the context or the store has ended.
func (s *Store) begin(ctx context.Context) error {
	if !s.calls.TryRLock() {
		return cmp.Or(ctx.Err(), errClosed) // only Close locks
	}
	err := s.ready(ctx)
	if err != nil {
		s.calls.RUnlock()
	}
	return err
}

func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-s.closing:
		return errClosed
	default:
		return nil
	}
}

func (s *Store) shard(key store.Key) *shard { return &s.shards[key[0]] }
