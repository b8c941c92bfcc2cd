package session_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// A busyStore lets something happen between the reading of a list of a user's sessions and the first use of it.
type busyStore struct {
	session.Store
	session.Lister

	meanwhile func()
}

func (s *busyStore) ListUser(ctx context.Context, user string) iter.Seq2[session.Entry, error] {
	var entries []session.Entry
	for e, err := range s.Lister.ListUser(ctx, user) {
		if err != nil {
			panic(err)
		}
		entries = append(entries, e)
	}
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return func(yield func(session.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func newBusy(t *testing.T) *busyStore {
	t.Helper()
	s := newMemory(t)
	return &busyStore{Store: s, Lister: s.(session.Lister)}
}

// A thief who has his session renewed all the time has a new ID whenever the list that is revoked has the old one.
func TestSessionThatIsRenewedMeanwhileIsRevoked(t *testing.T) {
	for name, revoke := range map[string]func(m *session.Manager, ctx context.Context, handle string) error{
		"alone": func(m *session.Manager, ctx context.Context, handle string) error {
			return m.Revoke(ctx, "ann", handle)
		},
		"as one of others": func(m *session.Manager, ctx context.Context, _ string) error {
			_, err := m.RevokeOthers(ctx, "ann")
			return err
		},
		"as one of all": func(m *session.Manager, ctx context.Context, _ string) error {
			_, err := m.RevokeUser(ctx, "ann")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := newBusy(t)
			m := newManager(t, store)
			ann, thief := login(m, "ann"), login(m, "ann")
			handle := ""
			for _, d := range thief.devices(t, "ann") {
				if d.Current {
					handle = d.Handle
				}
			}
			store.meanwhile = func() { thief.use((*session.Session).Renew) } // in each list
			ann.visit(func(_ http.ResponseWriter, r *http.Request, _ *session.Session) {
				if err := revoke(m, r.Context(), handle); err != nil {
					t.Error(err)
				}
			})
			store.meanwhile = nil
			wantUsers(t, "", thief)
			if name == "as one of all" {
				wantUsers(t, "", ann)
				return
			}
			for range 2 {
				wantStatus(t, ann.use((*session.Session).Renew), http.StatusOK)
				wantUsers(t, "ann", ann)
			}
			if got := ann.devices(t, "ann"); len(got) != 1 {
				t.Errorf("%d sessions are left, want 1", len(got))
			}
		})
	}
}

// After a change of password, who gave the old one in a request that is slower must not be in.
func TestLoginThatIsUnderWayIsNoneOfThoseThatStay(t *testing.T) {
	later(t, func(t *testing.T) {
		m := newManager(t, newMemory(t))
		ann, thief := login(m, "ann"), &visitor{m: m}
		pass(time.Millisecond)
		a := thief.use(func(s *session.Session) {
			pass(time.Millisecond)
			ann.visit(func(_ http.ResponseWriter, r *http.Request, _ *session.Session) {
				if _, err := m.RevokeOthers(r.Context(), "ann"); err != nil {
					t.Error(err)
				}
			})
			s.Login("ann")
		})
		wantStatus(t, a, http.StatusConflict)
		wantNoCookie(t, a)
		wantUsers(t, "ann,", ann, thief)
		if got := ann.devices(t, "ann"); len(got) != 1 {
			t.Errorf("%d sessions are left, want 1", len(got))
		}
		pass(time.Millisecond)
		wantUsers(t, "ann", login(m, "ann"))
	})
}

// A page that resets a password logs in and ends all other sessions, in one request and in either order.
func TestRequestThatRevokesOthersMayLogIn(t *testing.T) {
	revoke := func(t *testing.T, m *session.Manager, r *http.Request) {
		if _, err := m.RevokeOthers(r.Context(), "ann"); err != nil {
			t.Error(err)
		}
		pass(time.Millisecond)
	}
	for name, use := range map[string]func(t *testing.T, m *session.Manager, r *http.Request, s *session.Session){
		"after its login": func(t *testing.T, m *session.Manager, r *http.Request, s *session.Session) {
			s.Login("ann")
			revoke(t, m, r)
		},
		"before its login": func(t *testing.T, m *session.Manager, r *http.Request, s *session.Session) {
			revoke(t, m, r)
			s.Login("ann")
		},
		"after a logout": func(t *testing.T, m *session.Manager, r *http.Request, s *session.Session) {
			s.Clear()
			s.Login("ann")
			revoke(t, m, r)
		},
	} {
		for who, begin := range map[string]func(m *session.Manager) *visitor{
			"a stranger": func(m *session.Manager) *visitor { return &visitor{m: m} },
			"a user":     func(m *session.Manager) *visitor { return login(m, "ann") },
		} {
			t.Run(fmt.Sprintf("%s, %s", who, name), func(t *testing.T) {
				later(t, func(t *testing.T) {
					m := newManager(t, newMemory(t))
					ann, other := begin(m), login(m, "ann")
					pass(time.Millisecond)
					wantStatus(t, ann.visit(func(_ http.ResponseWriter, r *http.Request, s *session.Session) { use(t, m, r, s) }), http.StatusOK)
					wantUsers(t, "ann,", ann, other)
					wantStatus(t, ann.use((*session.Session).Renew), http.StatusOK)
					wantUsers(t, "ann", ann)
				})
			})
		}
	}
}

func TestRefusedLoginLeavesNothingBehind(t *testing.T) {
	for name, prepare := range map[string]func(v *visitor){
		"of a stranger":                func(*visitor) {},
		"of a visitor":                 func(v *visitor) { v.use(func(s *session.Session) { s.Set("n", 1) }) },
		"with a token that just ended": func(v *visitor) { old := login(v.m, "eve"); v.token = old.token; old.use((*session.Session).Logout) },
	} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				m := newManager(t, newMemory(t))
				v := &visitor{m: m}
				prepare(v)
				pass(time.Millisecond)
				a := v.use(func(s *session.Session) {
					s.Login("ann")
					if _, err := m.RevokeUser(t.Context(), "ann"); err != nil {
						t.Error(err)
					}
				})
				wantStatus(t, a, http.StatusConflict)
				for d, err := range m.All(t.Context()) {
					if err != nil || d.User != "" {
						t.Errorf("there is a session of %q, %v", d.User, err)
					}
				}
			})
		})
	}
}

// A store that is full takes no new record, and a flood is when sessions have to be ended.
func TestFullStoreLetsAUsersSessionsBeRevoked(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	m := newManager(t, store.Whole())
	ann, other := login(m, "ann"), login(m, "ann")
	store.Fail(storetest.Save, session.ErrFull)
	n, err := m.RevokeUser(t.Context(), "ann")
	if n != 2 || err == nil {
		t.Errorf("%d sessions were ended, %v; want 2, and an error for a login that may be under way", n, err)
	}
	wantUsers(t, ",", ann, other)
}

// A slewed store is what a node sees of a store whose clock is ahead of that of others: its own times are later.
type slewedStore struct {
	session.Store

	ahead time.Duration
}

func (s slewedStore) Load(ctx context.Context, key session.Key) (session.Record, error) {
	rec, err := s.Store.Load(ctx, key)
	return slewed(rec, -s.ahead), err
}

func (s slewedStore) Save(ctx context.Context, key session.Key, rec session.Record) error {
	return s.Store.Save(ctx, key, slewed(rec, s.ahead))
}

func slewed(rec session.Record, by time.Duration) session.Record {
	rec.Created, rec.Seen, rec.Expires = rec.Created.Add(by), rec.Seen.Add(by), rec.Expires.Add(by)
	return rec
}

func TestEverybodysSessionsEndThoughClocksDiffer(t *testing.T) {
	for _, ahead := range []time.Duration{9 * time.Second, time.Second, 0, -time.Second, -9 * time.Second, -time.Minute} {
		later(t, func(t *testing.T) {
			store := newMemory(t)
			here := newManager(t, store)
			there := newManager(t, slewedStore{store, ahead}, func(o *session.Options) { o.Encrypt = session.Off })
			for range 3 { // each must end what began since the last
				ann, eve := login(here, "ann"), login(there, "eve")
				wantUsers(t, "ann,eve", ann, eve)
				wantUsers(t, "ann,eve", &visitor{m: there, token: ann.token}, &visitor{m: here, token: eve.token})
				pass(time.Millisecond)
				if err := here.RevokeAll(t.Context()); err != nil {
					t.Error(err)
				}
				pass(1100 * time.Millisecond)
				for _, m := range []*session.Manager{here, there} {
					wantUsers(t, ",", &visitor{m: m, token: ann.token}, &visitor{m: m, token: eve.token})
				}
				here, there = there, here // who revokes next
			}
			ann, eve := login(here, "ann"), login(there, "eve")
			pass(time.Minute)
			wantUsers(t, "ann,eve,ann,eve", ann, eve, &visitor{m: there, token: ann.token}, &visitor{m: here, token: eve.token})
		})
	}
}

// Where everybody's sessions were revoked a moment ago, another node that does not know yet lets users log in, for a second.
// Whoever revokes a user's sessions meanwhile means these, too.
func TestUsersSessionsEndAtOnceWhereEverybodysAreAboutTo(t *testing.T) {
	later(t, func(t *testing.T) {
		store := newMemory(t)
		here, there := newManager(t, store), newManager(t, store)
		wantUsers(t, "ann", login(there, "ann")) // and so has looked
		pass(time.Millisecond)
		if err := here.RevokeAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		ann, bob := login(there, "ann"), login(there, "bob")
		if n, err := here.RevokeUser(t.Context(), "ann"); n != 0 || err != nil {
			t.Errorf("%d sessions are revoked, %v: here she has none", n, err)
		}
		wantUsers(t, ",bob", ann, bob)
	})
}

// The record of a first login is younger than a revocation that came while the request was being handled.
func TestFirstLoginThatIsUnderWayEndsWithEverybodys(t *testing.T) {
	for name, in := range map[string]func(s *session.Session){"Login": func(s *session.Session) { s.Login("ann") }, "the guide's": guideLogin} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				m := newManager(t, newMemory(t))
				v := &visitor{m: m}
				v.use(func(s *session.Session) {
					pass(20 * time.Second) // longer than the clocks may differ
					if err := m.RevokeAll(t.Context()); err != nil {
						t.Error(err)
					}
					pass(20 * time.Second)
					in(s)
				})
				wantSeen(t, v, "")
				pass(time.Millisecond)
				wantUsers(t, "ann", login(m, "ann"))
			})
		})
	}
}

// Whatever a user's sessions are doing at that moment, renewing, logging in again, writing: once his account is closed and his
// sessions are revoked, none is left, and no token that any of them was given is worth anything.
func TestNothingSurvivesTheEndOfAnAccount(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		for range 5 {
			m := newManager(t, store, func(o *session.Options) { o.StoreTimeout = 30 * time.Second })
			var open atomic.Bool // the account is
			open.Store(true)
			var busy sync.WaitGroup
			var mu sync.Mutex
			tokens := map[string]bool{}
			var done atomic.Int64
			for i := range 8 {
				v := login(m, "ann")
				busy.Go(func() {
					for n := 0; n < 200 && (open.Load() || n%7 != 0); n++ {
						v.use(func(s *session.Session) {
							allowed := open.Load() // as a handler asks before it believes a password
							switch (i + n) % 3 {
							case 0:
								if s.UserID() != "" {
									s.Renew()
								}
							case 1:
								increment(s, "n")
							case 2:
								if allowed {
									s.Login("ann")
								}
							}
						})
						mu.Lock()
						tokens[v.token] = true
						mu.Unlock()
						done.Add(1)
					}
				})
			}
			for done.Load() < 100 {
				runtime.Gosched()
			}
			open.Store(false)
			if _, err := m.RevokeUser(t.Context(), "ann"); err != nil {
				t.Error(err)
			}
			busy.Wait()
			devices, err := m.Devices(t.Context(), "ann")
			if len(devices) > 0 || err != nil {
				t.Fatalf("%d sessions are left, %v", len(devices), err)
			}
			for token := range tokens {
				wantUsers(t, "", &visitor{m: m, token: token})
			}
		}
	})
}
