package redisstore

import (
	"context"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// A link is how a store comes by its client: the caller's, or one that is made when it is needed, as often as it takes
// for the server to be there.
type link struct {
	connect func() (rueidis.Client, error) // nil for the caller's client

	mu      sync.Mutex
	current rueidis.Client // nil while there is none
	since   time.Time      // when current was made
	attempt *attempt       // nil while nobody connects
	closed  bool
	running sync.WaitGroup
}

// An attempt is one at connecting, for which many may wait.
type attempt struct {
	done   chan struct{} // closed at its end
	client rueidis.Client
	err    error
}

// client returns the client, and connects where there is none.
func (l *link) client(ctx context.Context) (rueidis.Client, error) {
	client, a := l.begin()
	if a == nil {
		return client, nil
	}
	select {
	case <-a.done:
		return a.client, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin returns the client or the attempt at one.
func (l *link) begin() (rueidis.Client, *attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil {
		return l.current, nil
	}
	if l.attempt == nil {
		l.attempt = &attempt{done: make(chan struct{})}
		if l.closed {
			l.attempt.err = errClosed
			close(l.attempt.done)
			return nil, l.attempt
		}
		a := l.attempt
		l.running.Go(func() { l.run(a) })
	}
	return nil, l.attempt
}

func (l *link) run(a *attempt) {
	a.client, a.err = l.connect()
	l.mu.Lock()
	defer l.mu.Unlock()
	defer close(a.done)
	l.attempt = nil
	switch {
	case a.err != nil:
	case l.closed:
		a.client.Close()
		a.client, a.err = nil, errClosed
	default:
		l.current, l.since = a.client, time.Now()
	}
}

// distrust looks at what an error says about the connections. A server that has become another's replica stays one, and
// keeps its connections; new ones may lead to its successor. At most once a second, for a server that was never anything
// else.
func (l *link) distrust(client rueidis.Client, err error) {
	if l.connect == nil || !says(err, "READONLY ") {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != client || l.closed || time.Since(l.since) < time.Second {
		return
	}
	l.current = nil
	l.running.Go(client.Close) // waits for the calls under way
}

// close closes the client, unless it is the caller's, and waits for what runs.
func (l *link) close() {
	l.mu.Lock()
	client := l.current
	l.closed = true
	if l.connect != nil {
		l.current = nil
	}
	l.mu.Unlock()
	if l.connect != nil && client != nil {
		client.Close()
	}
	l.running.Wait()
}
