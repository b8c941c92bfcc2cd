package filestore_test

import (
	"context"
	"errors"
	"testing"

	"github.com/proapi-go/proapi/session/filestore"
)

// A watched context says whether somebody has asked for the channel that is closed when it ends: a request's context makes
// that, and what it needs for it, only then.
type watched struct {
	context.Context //nolint:containedctx // it is a context

	asked chan struct{} // holds a token once it has happened
}

func (c *watched) Done() <-chan struct{} {
	select {
	case c.asked <- struct{}{}:
	default:
	}
	return c.Context.Done()
}

func TestSaveWaitsForNoContextsEndWhereNobodyWritesBesideIt(t *testing.T) {
	for _, sync := range []filestore.Sync{filestore.SyncNone, filestore.SyncInterval, filestore.SyncAlways} {
		s, key, rec := open(t, filestore.Options{Sync: sync}), newKey(), record("one")
		ended, cancel := context.WithCancel(t.Context())
		ctx := &watched{ended, make(chan struct{}, 1)}
		save := func() error { return s.Save(ctx, key, rec) }
		for rec.Version = range 2 { // a new file, and one that is written over
			if err := save(); err != nil || len(ctx.asked) != 0 {
				t.Errorf("sync %v: %v, and %d times somebody asked when the context ends, though nobody had to wait", sync, err, len(ctx.asked))
			}
		}
		rec.Version = 2
		release, err := filestore.Hold(s, key)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- save() }()
		<-ctx.asked
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("sync %v: a save that had to wait until its context ended says %v", sync, err)
		}
		release()
	}
}
