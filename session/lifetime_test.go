package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// later runs a test in a bubble in which time passes as the test says.
func later(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// pass lets time pass.
func pass(d time.Duration) { <-time.After(d) }

func TestSessionEndsMaxAgeAfterItBegan(t *testing.T) {
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.MaxAge = 10 * time.Minute })}
		pass(300 * time.Millisecond) // tokens count whole seconds; records do not
		v.use(func(s *session.Session) { s.Set("n", 1) })
		for range 9 {
			pass(time.Minute)
			v.use(func(s *session.Session) { increment(s, "uses") }) // use does not lengthen it
		}
		pass(time.Minute - time.Millisecond)
		wantSeen(t, v, "n=1 uses=9")
		pass(time.Millisecond)
		wantSeen(t, v, "")
	})
}

func TestRenewalDoesNotLengthenTheLifetime(t *testing.T) {
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		begun := time.Now()
		pass(40 * time.Minute)
		a := v.use(func(s *session.Session) {
			s.Renew()
			if !s.CreatedAt().Equal(begun) || !s.ExpiresAt().Equal(begun.Add(time.Hour)) {
				t.Errorf("created %s, expires %s; it began at %s", s.CreatedAt(), s.ExpiresAt(), begun)
			}
		})
		if a.set.MaxAge != 20*60 {
			t.Errorf("the new cookie lasts %d s, want the 1200 that are left", a.set.MaxAge)
		}
		pass(20 * time.Minute)
		wantSeen(t, v, "")
	})
}

// Who has just shown who he is has the whole of it: NIST SP 800-63B-4, section 5.2.
func TestLifetimeCountsFromTheLogin(t *testing.T) {
	for name, login := range map[string]func(*session.Session){"Login": func(s *session.Session) { s.Login("7") }, "the guide's": guideLogin} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				v := &visitor{m: newManager(t, newMemory(t))}
				v.use(func(s *session.Session) { s.Set("n", 1) })
				pass(55 * time.Minute)
				a := v.use(func(s *session.Session) {
					login(s)
					if !s.CreatedAt().Equal(time.Now()) || !s.ExpiresAt().Equal(time.Now().Add(time.Hour)) {
						t.Errorf("created %s, expires %s, at %s", s.CreatedAt(), s.ExpiresAt(), time.Now())
					}
				})
				if a.set.MaxAge != 60*60 {
					t.Errorf("the new cookie lasts %d s, want 3600", a.set.MaxAge)
				}
				seen := v.sees()
				pass(59 * time.Minute)
				wantSeen(t, v, seen)
				v.use((*session.Session).Renew)
				v.use(func(s *session.Session) { s.Set("user_id", 8) }) // no login: there is one
				pass(time.Minute)
				wantSeen(t, v, "")
			})
		})
	}
}

func TestIdleTimeoutEndsAnUnusedSession(t *testing.T) {
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.IdleTimeout = 10 * time.Minute })}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		for range 6 {
			pass(9 * time.Minute)
			wantSeen(t, v, "n=1") // reading is use
		}
		pass(4 * time.Minute)
		wantSeen(t, v, "n=1") // 58 minutes
		pass(2 * time.Minute)
		wantSeen(t, v, "") // the hour of MaxAge
	})
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.IdleTimeout = 10 * time.Minute })}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		pass(10 * time.Minute)
		wantSeen(t, v, "")
	})
}

func TestRollingSessionLastsAsLongAsItIsUsed(t *testing.T) {
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.Rolling = true })}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		for range 20 {
			pass(50 * time.Minute)
			a := v.use(func(s *session.Session) { s.Get("n") })
			if a.set == nil || a.set.MaxAge != 3600 {
				t.Fatal("the cookie was not sent again for another hour")
			}
			pass(3 * time.Second)
			if a := v.use(func(s *session.Session) { increment(s, "uses") }); a.set != nil {
				t.Error("the cookie is sent again at every request")
			}
		}
		wantSeen(t, v, "n=1 uses=20")
		pass(time.Hour + time.Second)
		wantSeen(t, v, "")
	})
}

func TestLastUseIsStoredAtMostOnceAnInterval(t *testing.T) {
	later(t, func(t *testing.T) {
		store := storetest.NewFaulty(newMemory(t))
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		before := store.Calls(storetest.Save)
		for range 600 { // ten minutes, a request a second
			pass(time.Second)
			v.use(func(s *session.Session) { s.Get("n") })
		}
		if got := store.Calls(storetest.Save) - before; got != 10 {
			t.Errorf("%d saves in ten minutes of reading, want 10", got)
		}
	})
}

func TestLastUseThatCannotBeStoredIsNoError(t *testing.T) {
	later(t, func(t *testing.T) {
		store := storetest.NewFaulty(newMemory(t))
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		pass(2 * time.Minute)
		store.Fail(storetest.Save, errStore) // a full disk, say
		wantStatus(t, v.use(func(s *session.Session) { s.Get("n") }), 200)
		wantSeen(t, v, "n=1")
	})
}

func TestValueStoredLongAfterTheFirstVisitLastsItsFullTime(t *testing.T) {
	later(t, func(t *testing.T) {
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(*session.Session) {})
		pass(59 * time.Minute)
		a := v.use(func(s *session.Session) { s.Set("n", 1) })
		if a.set == nil || a.set.MaxAge != 3600 {
			t.Fatal("the cookie was not sent again for the session's own hour")
		}
		pass(59 * time.Minute)
		wantSeen(t, v, "n=1")
	})
}

func TestLifetimeThatWasShortenedHoldsForOldSessions(t *testing.T) {
	later(t, func(t *testing.T) {
		store := newMemory(t)
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		pass(10 * time.Minute)
		v.use((*session.Session).Renew) // a new token, an old session
		v.m = newManager(t, store, func(o *session.Options) { o.MaxAge = 5 * time.Minute })
		a := v.use(func(s *session.Session) { s.Set("m", 2) })
		if a.set == nil {
			t.Error("an expired session was used")
		}
		wantSeen(t, v, "m=2")
	})
}

func TestTokenOlderThanTheLifetimeCostsNoLoad(t *testing.T) {
	later(t, func(t *testing.T) {
		store := storetest.NewFaulty(newMemory(t))
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		pass(time.Hour + 2*time.Second)
		v.use(func(s *session.Session) { s.Get("n") })
		if got := store.Calls(storetest.Load); got != 0 {
			t.Errorf("%d loads for a token that is too old, want 0", got)
		}
		if got := v.m.Stats().Rejected["expired"]; got != 1 {
			t.Errorf("%d cookies were counted as rejected, want 1", got)
		}
	})
}

func TestEndedSessionIsDeadForGood(t *testing.T) {
	for name, end := range map[string]func(*session.Session){
		"Logout": (*session.Session).Logout, "Clear": (*session.Session).Clear, "Renew": (*session.Session).Renew,
		"Login": func(s *session.Session) { s.Login("7") },
	} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T) {
				v := &visitor{m: newManager(t, newMemory(t))}
				v.use(func(s *session.Session) { s.Set("n", 1) })
				old := v.with()
				v.use(end)
				for range 180 {
					wantSeen(t, old, "")
					pass(30 * time.Second)
				}
			})
		})
	}
}

func TestRecordFromTheFutureIsNotUsed(t *testing.T) {
	later(t, func(t *testing.T) {
		store := newMemory(t)
		plain := func(o *session.Options) { o.Encrypt = session.Off } // or the seal would not fit the times
		v := &visitor{m: newManager(t, store, plain)}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		for _, seen := range []bool{false, true} {
			for by, want := range map[time.Duration]string{4 * time.Minute: "n=1", 6 * time.Minute: ""} {
				v := v.with()
				v.m = newManager(t, aheadStore{store, by, seen}, plain)
				wantSeen(t, v, want)
			}
		}
	})
}

func TestOldSecretIsReadAndReplaced(t *testing.T) {
	store := newMemory(t)
	const next = "another secret of thirty-two bytes"
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	idle := v.with()

	v.m = newManager(t, store, func(o *session.Options) { o.SecretKey, o.OldSecretKeys = next, []string{"unrelated", secret} })
	if a := v.use(func(s *session.Session) { s.Get("n") }); a.set == nil {
		t.Error("the cookie was not signed anew")
	}
	if a := v.use(func(s *session.Session) { s.Get("n") }); a.set != nil {
		t.Error("the cookie is signed anew at every request")
	}
	v.m = newManager(t, store, func(o *session.Options) { o.SecretKey = next })
	wantSeen(t, v, "n=1")
	idle.m = v.m
	wantSeen(t, idle, "") // never came by while its key was accepted
}
