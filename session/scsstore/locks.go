package scsstore

import (
	"context"

	"github.com/proapi-go/proapi/session/store"
)

// locks are 256 locks, of which a key's first byte chooses one. Who waits for one stops when his context ends, since what
// is done under a lock may take as long as a backing takes.
type locks [256]chan struct{}

func newLocks() (l locks) {
	for i := range l {
		l[i] = make(chan struct{}, 1)
	}
	return l
}

func (l *locks) lock(ctx context.Context, key store.Key) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	held := l[key[0]]
	select {
	case held <- struct{}{}:
		return func() { <-held }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
