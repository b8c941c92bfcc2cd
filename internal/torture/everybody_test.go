package torture_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/torture/history"
)

// An administrator revokes everybody's sessions, at one of the processes.
type administrator struct {
	load     *load
	patience time.Duration // with a process that has not heard of it, which is to do so within a second
	slowest  time.Duration // until all had
}

// revokesNowAndThen revokes until stop is closed, and returns how often.
func (a *administrator) revokesNowAndThen(stop <-chan struct{}) int {
	tab := &tabOf{client: &http.Client{Transport: &http.Transport{}, Timeout: 15 * time.Second}, random: choices(a.load.seed, "administrator"), number: 2_000_000}
	defer tab.client.CloseIdleConnections()
	return nowAndThen(a.load, 200*time.Millisecond, func(<-chan struct{}) { a.revokes(tab) })(stop)
}

// revokes revokes once, and finds out by a session of its own by when each of the other processes knows.
func (a *administrator) revokes(tab *tabOf) {
	l := a.load
	witness := l.lineage()
	witness.user = fmt.Sprint("witness ", witness.number) // whose sessions nobody else ends
	if l.begin(tab, tab.random, witness) == nil {
		return
	}
	r := history.Request{Client: tab.number, Kind: history.RevokeAll}
	l.ask(tab, &r, "", nil, tab.random.IntN(64))
	for process := range l.fleet.urls {
		if process != r.Process {
			r.Heard[process] = a.heard(tab, witness, process, r.End)
			a.slowest = max(a.slowest, r.Heard[process]-r.End)
		}
	}
	l.add(r)
}

// heard returns by when a process does not know the witness any more; or when it should not have, where it does so for too long.
func (a *administrator) heard(tab *tabOf, witness *lineage, process int, revoked time.Duration) time.Duration {
	for {
		look := history.Request{Kind: history.Look, Token: witness.numbers[0]}
		a.load.ask(tab, &look, witness.tokens[0], nil, process)
		if look.Verdict == history.Gone || look.Start > revoked+a.patience {
			return look.End
		}
		wait(nil, 10*time.Millisecond)
	}
}

// TestEverybodysSessionsEndForGood revokes everybody's sessions while browsers use the application.
func TestEverybodysSessionsEndForGood(t *testing.T) {
	t.Parallel()
	revoked := func(t *testing.T, f *fleet) {
		t.Helper()
		t.Parallel()
		l := newLoad(t, f)
		a := &administrator{load: l, patience: 10 * time.Second}
		n := l.run(t, during(t, short), a.revokesNowAndThen)
		l.wantNone(t, n)
		t.Logf("everybody's sessions were revoked %d times, which the last process knew after %v", n, a.slowest.Round(time.Millisecond))
		if n == 0 || a.slowest >= a.patience {
			t.Error("it was not done, or does not get around")
		}
	}
	t.Run("memory", func(t *testing.T) {
		m, err := backend{Name: "memory"}.open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close() })
		revoked(t, inProcess(t, m))
	})
	for _, processes := range forms(t, []int{3}, []int{1, 3}) {
		t.Run(fmt.Sprint(processes, " processes"), func(t *testing.T) {
			eachShared(t, func(t *testing.T, b backend) {
				f, _ := launchAll(t, processes, b)
				revoked(t, f)
			})
		})
	}
}
