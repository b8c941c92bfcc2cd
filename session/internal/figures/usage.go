package figures

import (
	"context"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session"
)

// DefaultTimeout is for how long a store is asked how much it holds.
const DefaultTimeout = time.Second

// A Meter asks a Manager's store how much it holds, for no longer than its timeout, and once for all who ask at the same
// time: one that hangs keeps one goroutine, and not one for each scrape. It is safe for concurrent use.
type Meter struct {
	manager *session.Manager
	timeout time.Duration

	mu     sync.Mutex
	asking *asking // nil while nobody asks
}

// An asking is a call of the store for which some may wait.
type asking struct {
	done  chan struct{} // closed at its end
	usage session.Usage
	err   error
}

// NewMeter returns a Meter. A timeout of 0 is DefaultTimeout.
func NewMeter(m *session.Manager, timeout time.Duration) *Meter {
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	return &Meter{manager: m, timeout: timeout}
}

// Usage returns how much the store holds, or an error when the time is over.
func (m *Meter) Usage(ctx context.Context) (session.Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	a := m.ask()
	select {
	case <-a.done:
		return a.usage, a.err
	case <-ctx.Done():
		return session.Usage{}, ctx.Err()
	}
}

func (m *Meter) ask() *asking {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asking == nil {
		m.asking = &asking{done: make(chan struct{})}
		go m.run(m.asking)
	}
	return m.asking
}

func (m *Meter) run(a *asking) {
	ctx, cancel := context.WithTimeout(context.Background(), m.timeout)
	defer cancel()
	a.usage, a.err = m.manager.Usage(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asking = nil
	close(a.done)
}
