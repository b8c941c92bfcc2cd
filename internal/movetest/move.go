package movetest

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/migration"
)

// A Move is an application that moves from store to store.
type Move struct {
	// Steps are its deployments. In the first one, visitors log in.
	Steps []Step

	Processes int // how many there are at a time, and one more while one replaces another; 0 is 1
	Sessions  int // how many visitors are logged in before the move; 0 is 2,000
	Clients   int // how many send requests at a time; 0 is 8
	Between   int // how many requests are answered at least before the next thing happens; 0 is half as many as Sessions
}

// A Step is a rolling deployment.
type Step struct {
	Name  string
	Start func(t *testing.T) Process // starts one of its processes

	// Copy opens the stores between which the rest is copied once all processes are of this step; nil where nothing is.
	Copy func(t *testing.T) (from, to session.Store)
}

// Run moves the application's sessions under load, step after step: processes of neighbouring steps side by side, replaced
// one by one, and the rest copied, while requests go on. Every visitor must stay logged in, find each of his changes once,
// and not come back once he has logged out. It returns when the last step alone has shown that.
func Run(t *testing.T, m Move) {
	t.Helper()
	m.Processes, m.Sessions, m.Clients = cmp.Or(m.Processes, 1), cmp.Or(m.Sessions, 2000), cmp.Or(m.Clients, 8)
	m.Between = cmp.Or(m.Between, m.Sessions/2)
	a := &application{t: t, move: m, began: time.Now()}
	defer a.stopAll()
	for range m.Processes {
		a.start(&m.Steps[0])
	}
	a.arrive()
	a.log("%s: %d visitors have logged in", m.Steps[0].Name, len(a.visitors))
	stop := a.load()
	defer stop()
	a.goesOn()
	for i := range m.Steps[1:] {
		step := &m.Steps[i+1]
		a.deploy(step)
		a.log("%s: deployed", step.Name)
		a.inBoth.Store(i+1 >= len(m.Steps)-3) // the last move's Prepare
		if step.Copy != nil {
			a.copyRest(step)
		}
	}
	a.goesOn()
	stop()
	a.verify()
}

// An application is its running processes, and its visitors.
type application struct {
	t        *testing.T
	move     Move
	began    time.Time
	requests atomic.Int64
	inBoth   atomic.Bool // whether what ends now ends in both stores of the last move

	mu       sync.RWMutex
	running  []*running // the oldest first
	visitors []*visitor
}

// A running process, and who is being served by it.
type running struct {
	Process

	busy sync.WaitGroup
}

func (a *application) start(step *Step) {
	a.t.Helper()
	p := &running{Process: step.Start(a.t)}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = append(a.running, p)
}

// stopOldest takes the oldest process out of service, and ends it when it has answered.
func (a *application) stopOldest() {
	a.mu.Lock()
	p := a.running[0]
	a.running = a.running[1:]
	a.mu.Unlock()
	p.busy.Wait()
	if err := p.Close(); err != nil {
		a.t.Error(err)
	}
}

func (a *application) stopAll() {
	for len(a.running) > 0 {
		a.stopOldest()
	}
}

// serving returns a process, of which who gets it tells when he is done.
func (a *application) serving(which int) *running {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p := a.running[which%len(a.running)]
	p.busy.Add(1)
	return p
}

// deploy replaces the processes one by one, while requests go on.
func (a *application) deploy(step *Step) {
	a.t.Helper()
	for range a.move.Processes {
		a.start(step)
		a.goesOn()
		a.stopOldest()
	}
	a.goesOn()
}

// goesOn waits until some more requests were answered, or the test has failed.
func (a *application) goesOn() {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for enough := a.requests.Load() + int64(a.move.Between); a.requests.Load() < enough && !a.t.Failed(); {
		<-ticker.C
	}
}

// copyRest copies while requests go on; interrupted once, and at last once more, when nothing is left.
func (a *application) copyRest(step *Step) {
	t := a.t
	t.Helper()
	from, to := step.Copy(t)
	defer func() {
		for _, s := range []session.Store{from, to} {
			if err := closeStore(s); err != nil {
				t.Error(err)
			}
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first, err := migration.Copy(ctx, from, to, migration.CopyOptions{
		Interval: time.Millisecond,
		Progress: func(p migration.Progress) {
			if p.Done > a.move.Sessions/10 {
				cancel()
			}
		},
	})
	a.log("the first copy: %+v, %v", first, err)
	second, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{Count: true})
	if err != nil {
		t.Errorf("copy: %v", err)
	}
	a.log("the second copy: %+v, %.0f a second", second, second.Rate())
	third, err := migration.Copy(t.Context(), from, to, migration.CopyOptions{})
	if err != nil || third.Moved != 0 {
		t.Errorf("a copy after the last one returns %+v, %v, want that nothing is left to move", third, err)
	}
}

func (a *application) log(format string, args ...any) {
	a.t.Helper()
	a.t.Logf("%v, %d requests: "+format, append([]any{time.Since(a.began).Round(100 * time.Millisecond), a.requests.Load()}, args...)...)
}
