package torture_test

import (
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/internal/torture/history"
	"github.com/proapi-go/proapi/session"
)

// short is for how long the short form of a history goes on.
const short = 1500 * time.Millisecond

// newLoad returns a load of the run's seed.
func newLoad(tb testing.TB, f *fleet) *load {
	tb.Helper()
	return &load{fleet: f, seed: seedOf(tb), start: time.Now()}
}

// enough is how many requests have to succeed for a history to say something.
const enough = 50

// until closes stop after d, and not before enough requests have succeeded, unless that takes a minute.
func (l *load) until(stop chan struct{}, d time.Duration) {
	defer close(stop)
	wait(nil, d)
	for late := time.Now().Add(time.Minute); l.history.Counts().Verdicts[history.Done] < enough && time.Now().Before(late); {
		wait(nil, 10*time.Millisecond)
	}
}

// run lets browsers use the application for a while, and somebody bring about faults meanwhile: it returns how many.
func (l *load) run(tb testing.TB, d time.Duration, bring ...func(stop <-chan struct{}) int) (faults int) {
	tb.Helper()
	stop, over := make(chan struct{}), make(chan int)
	for _, f := range bring {
		go func() {
			n := 0
			defer func() { over <- n }() // also where it fails the test
			n = f(stop)
		}()
	}
	go l.until(stop, d)
	l.browse(4, stop)
	for range bring {
		faults += <-over
	}
	l.lookAtAll()
	return faults
}

// verdict prints what was done, and returns the sessions for which a promise was broken.
func (l *load) verdict(tb testing.TB, faults int) []*history.ViolationError {
	tb.Helper()
	began := time.Now()
	broken, undecided := l.history.Check()
	c := l.history.Counts()
	tb.Logf("%d requests of %d sessions (%d with success, %d of unknown effect, %d to what had ended, %d whose session ended meanwhile), "+
		"%d faults: %d violations, %d undecided; checked in %v", c.Requests, c.Sessions, c.Verdicts[1], c.Verdicts[0], c.Verdicts[2], c.Verdicts[3],
		faults, len(broken), undecided, time.Since(began).Round(time.Millisecond))
	return broken
}

func (l *load) wantNone(tb testing.TB, faults int) {
	tb.Helper()
	for i, v := range l.verdict(tb, faults) {
		if i < 3 {
			tb.Error(v)
		}
	}
	if n := l.history.Counts().Verdicts[history.Done]; n < enough {
		tb.Errorf("only %d requests were answered with success", n)
	}
}

func TestHistoriesInOneProcess(t *testing.T) {
	m, err := backend{Name: "memory"}.open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	l := newLoad(t, inProcess(t, m))
	l.run(t, during(t, short))
	l.wantNone(t, 0)
}

// eachShared runs a test on the backends that processes share.
func eachShared(t *testing.T, test func(t *testing.T, b backend)) {
	t.Helper()
	t.Run("file", func(t *testing.T) {
		test(t, backend{"file", session.BackendOptions{"directory": t.TempDir() + "/sessions"}})
	})
	t.Run("redis", func(t *testing.T) {
		test(t, backend{"redis", session.BackendOptions{"url": "redis://" + testredis.Start(t).Addr()}})
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, backend{"postgres", session.BackendOptions{"url": testpostgres.Database(t)}})
	})
}

func TestHistoriesOfSeveralProcesses(t *testing.T) {
	eachShared(t, func(t *testing.T, b backend) {
		f, _ := launchAll(t, 3, b)
		l := newLoad(t, f)
		l.run(t, during(t, short))
		l.wantNone(t, 0)
	})
}
