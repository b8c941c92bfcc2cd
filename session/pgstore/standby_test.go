package pgstore_test

import (
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
)

// A primary whose standby does not answer waits for it. Where it is told to wait no longer, it answers with success, for what
// it has committed alone: that may be lost when the standby takes over, and is none for whoever relies on that.
func TestWhatTheStandbyMayNotHaveIsNoSuccess(t *testing.T) {
	p := testpostgres.StartPair(t)
	const timeout = time.Second
	s := opened(t, session.BackendOptions{"url": p.URL("postgres"), "table": newTable(), "timeout": timeout, "sweep_interval": "1h"})
	key, rec := saved(t, s, "old")
	p.Standby.Stop(t)
	for doing, call := range map[string]func() error{
		"a first save": func() error { return s.Save(t.Context(), newKey(), record("new")) },
		"a save":       func() error { return s.Save(t.Context(), key, rec) },
		"a delete":     func() error { return s.Delete(t.Context(), newKey(), time.Now().Add(time.Hour)) },
	} {
		began := time.Now()
		err := call()
		wantFailure(t, doing, err, time.Since(began), 2*timeout)
	}
	if _, err := s.Load(t.Context(), key); err != nil {
		t.Errorf("a load, which waits for no standby: %v", err)
	}
}
