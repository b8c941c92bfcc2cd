package session_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestStoreThatHangsHoldsUpNoMoreThanMaxWaiting(t *testing.T) {
	for name, op := range map[string]storetest.Op{"load": storetest.Load, "commit": storetest.Save} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := storetest.NewFaulty(newMemory(t))
				book, logger := newLog()
				m := newManager(t, s, func(o *session.Options) { o.MaxWaiting, o.Logger = 5, logger })
				v := &visitor{m: m}
				v.use(func(s *session.Session) { s.Set("n", 0) })
				release := s.Hold(op)
				var waiting sync.WaitGroup
				for range 5 {
					waiting.Go(func() {
						wantStatus(t, v.with().use(func(s *session.Session) { s.Set("n", 1) }), http.StatusServiceUnavailable)
					})
				}
				synctest.Wait()
				began := time.Now()
				for range 1000 {
					wantStatus(t, v.with().use(func(s *session.Session) { s.Set("n", 2) }), http.StatusServiceUnavailable)
				}
				wantStatus(t, v.with().use(func(*session.Session) {}), http.StatusOK) // does not use it
				if took := time.Since(began); took > 0 {
					t.Errorf("1000 requests past the bound waited %v", took)
				}
				if n := strings.Count(book.take(), "MaxWaiting"); n != 1 {
					t.Errorf("it is told %d times in a second, want once", n)
				}
				waiting.Wait() // until their time is over
				release()
				wantStatus(t, v.use(func(s *session.Session) { s.Set("n", 3) }), http.StatusOK)
				wantSeen(t, v, "n=3")
			})
		})
	}
}
