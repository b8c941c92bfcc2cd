package session_test

import (
	"context"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session"
)

// telling is a store that tells of deletions.
type telling struct {
	session.Store
	*tellers
}

type tellers struct {
	mu   sync.Mutex
	next int
	all  map[int]func(session.Key)
}

func (s telling) Delete(ctx context.Context, key session.Key, until time.Time) error {
	err := s.Store.Delete(ctx, key, until)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, deleted := range s.all {
			deleted(key)
		}
	}
	return err
}

func (s telling) Watch(ctx context.Context, ready func(), deleted func(session.Key)) error {
	s.mu.Lock()
	s.next++
	n := s.next
	if s.all == nil {
		s.all = map[int]func(session.Key){}
	}
	s.all[n] = deleted
	s.mu.Unlock()
	ready()
	<-ctx.Done()
	s.mu.Lock()
	delete(s.all, n)
	s.mu.Unlock()
	return ctx.Err()
}
