package session

import (
	"context"
	"sync"
)

// turns lets the requests of one process that change the same session go one after the other, once they have got in each
// other's way: with compare-and-swap alone, n of them would need n*n/2 saves. Requests of different sessions never wait
// for each other.
type turns struct {
	mu    sync.Mutex
	lines map[Key]*line
}

type line struct {
	turn    chan struct{} // holds one element while it is nobody's turn
	waiting int
}

// take waits for the key's turn, or for the end of ctx. The turn is given back by calling the function it returns.
func (t *turns) take(ctx context.Context, key Key) (giveBack func(), err error) {
	l := t.join(key)
	select {
	case <-l.turn:
		return func() {
			l.turn <- struct{}{}
			t.leave(key, l)
		}, nil
	case <-ctx.Done():
		t.leave(key, l)
		return nil, ctx.Err()
	}
}

func (t *turns) join(key Key) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lines[key]
	if !ok {
		l = &line{turn: make(chan struct{}, 1)}
		l.turn <- struct{}{}
		if t.lines == nil {
			t.lines = make(map[Key]*line)
		}
		t.lines[key] = l
	}
	l.waiting++
	return l
}

func (t *turns) leave(key Key, l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.waiting--; l.waiting == 0 {
		delete(t.lines, key)
	}
}
