package session_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// meddled is a store in which something happens in the middle of a call.
type meddled struct {
	*memstore.Store

	saves  int
	onSave func(n int, key session.Key) // before the n-th save
}

func (s *meddled) Save(ctx context.Context, key session.Key, rec session.Record) error {
	s.saves++
	if hook := s.onSave; hook != nil {
		hook(s.saves, key)
	}
	return s.Store.Save(ctx, key, rec)
}

func newMeddled(t *testing.T) *meddled {
	t.Helper()
	return &meddled{Store: newMemory(t).(*memstore.Store)}
}

func loggedIn(t *testing.T, m *session.Manager) *visitor {
	t.Helper()
	v := &visitor{m: m}
	wantStatus(t, v.use(func(s *session.Session) { s.Login("ada") }), http.StatusOK)
	return v
}

// The new record of a session that is renewed can be found in a list and ended, when the old one has just been changed: the
// renewal begins again, under an ID that has no tombstone.
func TestRenewalWhoseNewIDIsRevokedTakesAnother(t *testing.T) {
	s := newMeddled(t)
	m := newManager(t, s)
	v := loggedIn(t, m)
	var fresh session.Key
	s.saves, s.onSave = 0, func(n int, key session.Key) {
		switch n {
		case 1:
			fresh = key
		case 2:
			s.onSave = nil
			if err := s.Delete(t.Context(), fresh, time.Now().Add(time.Hour)); err != nil {
				t.Error(err)
			}
			v.with().use(func(s *session.Session) { s.Set("cart", 1) })
		}
	}
	wantStatus(t, v.use((*session.Session).Renew), http.StatusOK)
	wantSeen(t, v, "cart=1 user:ada")
}
