package filestore_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

func TestClosedStoreAnswersWithAnError(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory})
	key, _ := saved(t, s, directory, "x")
	for range 3 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, loadErr := s.Load(t.Context(), key)
	_, sweepErr := s.Sweep(t.Context())
	for call, err := range map[string]error{
		"Load": loadErr, "Sweep": sweepErr,
		"Save": s.Save(t.Context(), key, record("y")), "Delete": s.Delete(t.Context(), key, time.Now()),
	} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s of a closed store returned %v, want fs.ErrClosed", call, err)
		}
	}
}

func TestCloseWhileInUse(t *testing.T) {
	directory := t.TempDir()
	for range 20 {
		s, err := filestore.New(filestore.Options{Directory: directory, Sync: filestore.SyncAlways, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		var kept []store.Key
		started := make(chan struct{}, 8)
		for range 8 {
			wg.Go(func() {
				for i := 0; ; i++ {
					key := newKey()
					err := s.Save(context.Background(), key, record("x"))
					if errors.Is(err, fs.ErrClosed) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					kept = append(kept, key)
					mu.Unlock()
					if i == 0 {
						started <- struct{}{}
					}
				}
			})
		}
		<-started
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		again := open(t, filestore.Options{Directory: directory})
		for _, key := range kept {
			wantValues(t, again, key, "x")
		}
	}
	wantNoTemporary(t, directory)
}
