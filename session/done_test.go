package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// streams runs a request of the visitor's that goes on until the session ends, or the test says so. What it returns is
// closed when the session has ended.
func (v *visitor) streams(t *testing.T) (ended <-chan struct{}, stop func()) {
	t.Helper()
	over, begun, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		v.with().use(func(s *session.Session) {
			ch := s.Done()
			close(begun)
			select {
			case <-ch:
				close(over)
			case <-ctx.Done():
			}
		})
	}()
	<-begun
	return over, func() { cancel(); <-done }
}

func wantEnded(t *testing.T, ch <-chan struct{}, want bool) {
	t.Helper()
	synctest.Wait()
	select {
	case <-ch:
		if !want {
			t.Error("the stream has ended")
		}
	default:
		if want {
			t.Error("the stream goes on")
		}
	}
}

func TestStreamEndsWithItsSession(t *testing.T) {
	ends := map[string]func(t *testing.T, v *visitor){
		"logout":      func(_ *testing.T, v *visitor) { v.with().use((*session.Session).Logout) },
		"clear":       func(_ *testing.T, v *visitor) { v.with().use((*session.Session).Clear) },
		"renewal":     func(_ *testing.T, v *visitor) { v.with().use((*session.Session).Renew) },
		"login again": func(_ *testing.T, v *visitor) { v.with().use(func(s *session.Session) { s.Login("ann") }) },
		"revocation": func(t *testing.T, v *visitor) {
			if _, err := v.m.RevokeUser(t.Context(), "ann"); err != nil {
				t.Error(err)
			}
		},
		"everybody's": func(t *testing.T, v *visitor) {
			if err := v.m.RevokeAll(t.Context()); err != nil {
				t.Error(err)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				m := newManager(t, newMemory(t))
				ann, eve := login(m, "ann"), login(m, "eve")
				pass(time.Millisecond)
				ended, stop := ann.streams(t)
				defer stop()
				others, stopOthers := eve.streams(t)
				defer stopOthers()
				ann.with().use(func(s *session.Session) { s.Set("n", 1) })
				pass(3 * time.Second)
				wantEnded(t, ended, false)
				end(t, ann)
				wantEnded(t, ended, true)
				wantEnded(t, others, name == "everybody's")
			})
		})
	}
}

func TestStreamEndsWhenItsSessionExpires(t *testing.T) {
	later(t, func(t *testing.T) {
		m := newManager(t, newMemory(t), func(o *session.Options) { o.IdleTimeout = 10 * time.Minute })
		ann := login(m, "ann")
		ended, stop := ann.streams(t)
		defer stop()
		for range 3 { // others of her requests keep the session alive
			pass(9 * time.Minute)
			ann.sees()
		}
		wantEnded(t, ended, false)
		pass(8 * time.Minute)
		wantEnded(t, ended, false)
		pass(2*time.Minute + 2*time.Second)
		wantEnded(t, ended, true)
	})
}

func TestStreamEndsWithinASecondOfALogoutOnAnotherNode(t *testing.T) {
	for _, tells := range []bool{false, true} {
		later(t, func(t *testing.T) {
			faulty := storetest.NewFaulty(telling{newMemory(t), &tellers{}})
			store := session.Store(faulty)
			if tells {
				store = faulty.Whole()
			}
			here, there := newManager(t, store), newManager(t, store)
			ann := login(here, "ann")
			for lost := range 2 {
				ended, stop := ann.streams(t)
				pass(5 * time.Second)
				loads := faulty.Calls(storetest.Load)
				pass(10 * time.Second)
				if got := faulty.Calls(storetest.Load) - loads; tells && got > 12 || !tells && got < 15 { // one a second is for the epoch
					t.Errorf("with a store that tells (%t) there were %d loads in 10 seconds", tells, got)
				}
				if lost == 1 { // while the connection is lost, and also where it comes back too late to tell
					faulty.CutWatches(errors.New("lost"))
				}
				wantEnded(t, ended, false)
				(&visitor{m: there, token: ann.token}).use((*session.Session).Logout)
				if !tells || lost == 1 {
					pass(2 * time.Second)
				}
				wantEnded(t, ended, true)
				stop()
				ann = login(here, "ann")
			}
		})
	}
}

func TestStreamEndsWithinASecondOfEverybodysEndOnAnotherNode(t *testing.T) {
	later(t, func(t *testing.T) {
		store := telling{newMemory(t), &tellers{}}
		here, there := newManager(t, store), newManager(t, store)
		ended, stop := login(here, "ann").streams(t)
		defer stop()
		pass(5 * time.Second)
		if err := there.RevokeAll(t.Context()); err != nil {
			t.Error(err)
		}
		pass(2 * time.Second)
		wantEnded(t, ended, true)
	})
}

func TestStoreThatIsDownEndsNoStream(t *testing.T) {
	later(t, func(t *testing.T) {
		store := storetest.NewFaulty(newMemory(t))
		ended, stop := login(newManager(t, store), "ann").streams(t)
		defer stop()
		store.Fail(storetest.Load, errors.New("down"))
		pass(10 * time.Second)
		wantEnded(t, ended, false)
	})
}

func TestDoneIsClosedWhereThereIsNoSession(t *testing.T) {
	m := newManager(t, newMemory(t))
	ann := login(m, "ann")
	for name, use := range map[string]func(s *session.Session) <-chan struct{}{
		"a stranger's": (*session.Session).Done,
		"without middleware": func(*session.Session) <-chan struct{} {
			return session.From(context.Background()).Done()
		},
	} {
		(&visitor{m: m}).use(func(s *session.Session) {
			select {
			case <-use(s):
			default:
				t.Errorf("%s is open", name)
			}
		})
	}
	ann.use(func(s *session.Session) {
		s.Has("n")
		ann.with().use((*session.Session).Logout) // between the load and Done
		select {
		case <-s.Done():
		default:
			t.Error("it is open though the session ended before it was asked for")
		}
	})
}

func TestNobodyIsLookedAfterWhenNobodyWaits(t *testing.T) {
	m := newManager(t, newMemory(t))
	ann := login(m, "ann")
	unrelated := goleak.IgnoreCurrent()
	var kept <-chan struct{}
	for range 3 {
		ann.use(func(s *session.Session) { kept = s.Done(); s.Done() })
		goleak.VerifyNone(t, unrelated)
	}
	ann.use((*session.Session).Logout)
	select {
	case <-kept:
		t.Error("a channel is closed after its request")
	default:
	}
}

func TestClosedManagerLooksAfterNobody(t *testing.T) {
	m := newManager(t, telling{newMemory(t), &tellers{}})
	unrelated := goleak.IgnoreCurrent()
	_, stop := login(m, "ann").streams(t)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	stop()
	goleak.VerifyNone(t, unrelated)
}

// What was missed while the connection was lost is looked at once it stands again, which is when a store answers worst.
func TestStreamEndsThoughTheStoreCouldNotBeAskedAtFirst(t *testing.T) {
	later(t, func(t *testing.T) {
		faulty := storetest.NewFaulty(telling{newMemory(t), &tellers{}})
		here, there := newManager(t, faulty.Whole()), newManager(t, faulty.Whole())
		ann := login(here, "ann")
		ended, stop := ann.streams(t)
		defer stop()
		pass(5 * time.Second)
		faulty.CutWatches(errors.New("lost"))
		synctest.Wait()
		(&visitor{m: there, token: ann.token}).use((*session.Session).Logout)
		faulty.Fail(storetest.Load, errors.New("down"))
		pass(3 * time.Second) // the connection stands again
		wantEnded(t, ended, false)
		faulty.Heal()
		pass(2 * time.Second)
		wantEnded(t, ended, true)
	})
}

func TestEverybodysEndAsksForNoStream(t *testing.T) {
	later(t, func(t *testing.T) {
		faulty := storetest.NewFaulty(telling{newMemory(t), &tellers{}})
		m := newManager(t, faulty.Whole())
		var all []<-chan struct{}
		for range 100 {
			ended, stop := login(m, "ann").streams(t)
			defer stop()
			all = append(all, ended)
		}
		pass(5 * time.Second)
		before := faulty.Calls(storetest.Load)
		if err := m.RevokeAll(t.Context()); err != nil {
			t.Error(err)
		}
		for _, ended := range all {
			wantEnded(t, ended, true)
		}
		if got := faulty.Calls(storetest.Load) - before; got > 2 { // one for the stamp, one each second to look for others
			t.Errorf("%d loads to end 100 streams, want none for a stream", got)
		}
	})
}

func TestStreamEndsWhenItsRecordIsForged(t *testing.T) {
	later(t, func(t *testing.T) {
		store := newThief(t)
		ann := login(newManager(t, store), "ann")
		ended, stop := ann.streams(t)
		defer stop()
		key, rec := store.newest()
		rec.Values = append([]byte{}, rec.Values...)
		rec.Values[len(rec.Values)-1]++
		if err := store.Save(t.Context(), key, rec); err != nil {
			t.Error(err)
		}
		pass(2 * time.Second)
		wantEnded(t, ended, true)
	})
}
