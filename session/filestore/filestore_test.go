package filestore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// TestMain is the program of the tests' other processes as well.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	goleak.VerifyTestMain(m)
}

func open(tb testing.TB, o filestore.Options) *filestore.Store {
	tb.Helper()
	if o.Directory == "" {
		o.Directory = filepath.Join(tb.TempDir(), "sessions")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	_ = os.Chmod(o.Directory, 0o700) // the umask of whoever runs the tests may be 0
	s, err := filestore.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	_ = filestore.Check(s) // or it goes on while a test counts files; where it fails, the test knows why
	return s
}

func newKey() (key store.Key) {
	_, _ = rand.Read(key[:])
	return key
}

func record(values string) store.Record {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Record{Created: now, Seen: now, Expires: now.Add(time.Hour), User: "ada", Values: []byte(values)}
}

// saved saves a record under a new key and returns the key and the path of its file.
func saved(tb testing.TB, s *filestore.Store, directory, values string) (store.Key, string) {
	tb.Helper()
	key := newKey()
	save(tb, s, key, record(values))
	return key, pathOf(directory, key)
}

func pathOf(directory string, key store.Key) string {
	name := hex.EncodeToString(key[:])
	return filepath.Join(directory, name[:2], name)
}

func save(tb testing.TB, s *filestore.Store, key store.Key, rec store.Record) {
	tb.Helper()
	if err := s.Save(tb.Context(), key, rec); err != nil {
		tb.Fatal(err)
	}
}

func wantValues(tb testing.TB, s *filestore.Store, key store.Key, want string) {
	tb.Helper()
	rec, err := s.Load(tb.Context(), key)
	if err != nil || string(rec.Values) != want {
		tb.Fatalf("Load returned %q, %v, want %q", rec.Values, err, want)
	}
}

func wantMissing(tb testing.TB, s *filestore.Store, key store.Key) {
	tb.Helper()
	if _, err := s.Load(tb.Context(), key); !errors.Is(err, store.ErrNotFound) {
		tb.Fatalf("Load returned %v, want ErrNotFound", err)
	}
}

// wantQuiet fails where text tells the session's name.
func wantQuiet(tb testing.TB, text string, key store.Key) {
	tb.Helper()
	if strings.Contains(text, hex.EncodeToString(key[:])[:16]) {
		tb.Errorf("the session's name is in: %s", text)
	}
}

func names(tb testing.TB, directory string) []string {
	tb.Helper()
	files, err := os.ReadDir(directory)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Fatal(err)
	}
	var list []string
	for _, f := range files {
		list = append(list, f.Name())
	}
	return list
}

// wantNoTemporary fails where a temporary file was left in a shard.
func wantNoTemporary(tb testing.TB, directory string) {
	tb.Helper()
	left, err := filepath.Glob(filepath.Join(directory, "*", "tmp-*"))
	if err != nil || len(left) > 0 {
		tb.Errorf("temporary files were left: %d, %v", len(left), err)
	}
}

// A journal is a log that tests read.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func TestSessionsOutliveTheStore(t *testing.T) {
	directory := t.TempDir()
	first := open(t, filestore.Options{Directory: directory})
	key, _ := saved(t, first, directory, "kept")
	dead, _ := saved(t, first, directory, "ended")
	if err := first.Delete(t.Context(), dead, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, filestore.Options{Directory: directory})
	wantValues(t, second, key, "kept")
	if err := second.Save(t.Context(), dead, record("again")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save of a deleted session returned %v, want ErrConflict", err)
	}
	if _, err := second.Load(t.Context(), dead); !errors.As(err, new(*store.DeletedError)) {
		t.Errorf("Load of a deleted session returned %v, want a DeletedError", err)
	}
}

func TestSecondDeleteKeepsTheTimeOfTheFirst(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory})
	key, _ := saved(t, s, directory, "x")
	var at [2]time.Time
	for i := range at {
		if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		_, err := s.Load(t.Context(), key)
		if deleted, ok := errors.AsType[*store.DeletedError](err); ok {
			at[i] = deleted.At
		}
	}
	if at[0].IsZero() || !at[0].Equal(at[1]) {
		t.Errorf("the session was ended at %v, then at %v: want one time", at[0], at[1])
	}
}

func TestRecordLargerThanAFileIsRefused(t *testing.T) {
	s := open(t, filestore.Options{})
	rec := record("")
	rec.Values = make([]byte, 64<<20)
	if err := s.Save(t.Context(), newKey(), rec); err == nil || !strings.HasPrefix(err.Error(), "filestore: save: ") {
		t.Errorf("Save returned %v, want an error", err)
	}
}

func TestEmptiedDirectoryIsUsedAgain(t *testing.T) {
	for _, what := range []string{"whole shards", "the lock only"} {
		t.Run(what, func(t *testing.T) {
			directory := t.TempDir()
			o := filestore.Options{Directory: directory, Sync: filestore.SyncAlways}
			ours, theirs := open(t, o), open(t, o)
			key, path := saved(t, ours, directory, "first")
			wantValues(t, theirs, key, "first")
			shard := filepath.Dir(path)
			if what == "whole shards" {
				if err := os.RemoveAll(shard); err != nil {
					t.Fatal(err)
				}
				wantMissing(t, theirs, key)
			} else {
				if err := errors.Join(os.Remove(path), os.Remove(filepath.Join(shard, "lock"))); err != nil {
					t.Fatal(err)
				}
			}
			save(t, ours, key, record("second"))
			wantValues(t, ours, key, "second")
			wantValues(t, theirs, key, "second")
			if err := theirs.Save(t.Context(), key, record("third")); !errors.Is(err, store.ErrConflict) {
				t.Errorf("an insert over another store's returned %v, want ErrConflict", err)
			}
			if err := theirs.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			wantMissing(t, ours, key)
		})
	}
}

func TestWaitForAnotherStoresLockEndsWithTheContext(t *testing.T) {
	directory := t.TempDir()
	o := filestore.Options{Directory: directory}
	ours, theirs := open(t, o), open(t, o)
	key, _ := saved(t, ours, directory, "x")

	holding, release := make(chan struct{}), make(chan struct{})
	filestore.ReplaceDisk(theirs, func(*os.File) error { close(holding); <-release; return nil }, nil)
	done := make(chan error, 1)
	go func() { done <- theirs.Delete(context.Background(), key, time.Now().Add(time.Hour)) }() // flushes under the lock
	<-holding
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for _, s := range []*filestore.Store{ours, theirs} { // behind the lock, and behind the other goroutine
		if err := s.Delete(ctx, key, time.Now()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Delete behind a held lock returned %v, want the context's error", err)
		}
	}
	wantValues(t, ours, key, "x") // who reads does not wait
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantMissing(t, ours, key)
	wantNoTemporary(t, directory)
}

func TestRemovedLockStillKeepsOthersOut(t *testing.T) {
	for _, first := range []string{"who had it open", "who had not"} {
		directory := t.TempDir()
		o := filestore.Options{Directory: directory}
		holder, other := open(t, o), open(t, o)
		key, _ := saved(t, holder, directory, "x")
		if first == "who had not" {
			holder, other = other, holder
		}
		if err := os.Remove(filepath.Join(filepath.Dir(pathOf(directory, key)), "lock")); err != nil {
			t.Fatal(err)
		}
		holding, release := make(chan struct{}), make(chan struct{})
		filestore.ReplaceDisk(holder, func(*os.File) error { close(holding); <-release; return nil }, nil)
		done := make(chan error, 1)
		go func() { done <- holder.Delete(context.Background(), key, time.Now().Add(time.Hour)) }()
		<-holding // under the lock of a new file
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := other.Delete(ctx, key, time.Now()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s locked first: the other's Delete returned %v, want the context's error", first, err)
		}
		cancel()
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
