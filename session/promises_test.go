package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

var errStore = errors.New("store: made to fail")

// atOnce runs n functions, all of which have begun before the first goes on.
func atOnce(n int, do func(i int)) {
	var start, end sync.WaitGroup
	start.Add(n)
	for i := range n {
		end.Go(func() {
			start.Done()
			start.Wait()
			do(i)
		})
	}
	end.Wait()
}

func TestConcurrentRequestsKeepAllTheirKeys(t *testing.T) {
	const requests = 200
	onEachStore(t, func(t *testing.T, store session.Store) {
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("first", true) })
		loaded := make(chan struct{}, requests)
		all := make(chan struct{})
		go func() {
			for range requests {
				<-loaded
			}
			close(all)
		}()
		atOnce(requests, func(i int) {
			a := v.with().use(func(s *session.Session) {
				s.Get("first") // everyone has loaded before anyone commits
				loaded <- struct{}{}
				<-all
				s.Set(fmt.Sprintf("key%d", i), i)
			})
			wantStatus(t, a, http.StatusOK)
		})
		v.use(func(s *session.Session) {
			if s.Len() != requests+1 {
				t.Errorf("%d keys are left, want %d", s.Len(), requests+1)
			}
		})
	})
}

func TestConcurrentIncrementsAllCount(t *testing.T) {
	const requests = 200
	onEachStore(t, func(t *testing.T, store session.Store) {
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("n", 0) })
		atOnce(requests, func(int) {
			wantStatus(t, v.with().use(func(s *session.Session) { increment(s, "n") }), http.StatusOK)
		})
		wantSeen(t, v, fmt.Sprintf("n=%d", requests))
	})
}

func TestFirstValuesOfOneTokenAreAllKept(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(*session.Session) {}) // has a cookie, and nothing is stored
	atOnce(50, func(i int) {
		wantStatus(t, v.with().use(func(s *session.Session) { s.Set(fmt.Sprint(i), i) }), http.StatusOK)
	})
	v.use(func(s *session.Session) {
		if s.Len() != 50 {
			t.Errorf("%d keys are left, want 50", s.Len())
		}
	})
}

func TestLogoutWinsOverSlowRequest(t *testing.T) {
	ends := map[string]func(*session.Session){
		"Logout": (*session.Session).Logout, "Destroy": (*session.Session).Destroy, "Clear": (*session.Session).Clear,
		"Renew": (*session.Session).Renew,
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, store session.Store) {
				v := &visitor{m: newManager(t, store)}
				v.use(func(s *session.Session) { s.Login("7"); s.Set("cart", "full") })
				slow := v.with()
				a := slow.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
					s.Get("cart")
					wantStatus(t, v.with().use(end), http.StatusOK)
					s.Set("cart", "fuller")
					w.Header().Set("X-Saved", "yes")
					_, _ = w.Write([]byte("saved"))
				})
				wantStatus(t, a, http.StatusConflict)
				wantNoCookie(t, a)
				if a.Header().Get("X-Saved") != "" || a.Body.String() == "saved" {
					t.Error("the slow request's answer reports a change that was not stored")
				}
				wantSeen(t, v, "")
				wantSeen(t, slow, "")
			})
		})
	}
}

func TestSlowRequestThatOnlyReadIsAnswered(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("cart", "full") })
	a := v.with().visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Get("cart")
		v.with().use((*session.Session).Logout)
		_, _ = w.Write([]byte("read"))
	})
	wantStatus(t, a, http.StatusOK)
	wantNoCookie(t, a)
	wantSeen(t, v, "")
}

func TestCommitThatFailsIsAnErrorAndChangesNothing(t *testing.T) {
	for name, breaks := range map[string]func(*storetest.Faulty){
		"nothing was done":   func(f *storetest.Faulty) { f.FailNext(storetest.Save, errStore) },
		"the answer is lost": func(f *storetest.Faulty) { f.FailNthAfter(storetest.Save, 1, errStore) },
	} {
		t.Run(name, func(t *testing.T) {
			store := storetest.NewFaulty(newMemory(t))
			v := &visitor{m: newManager(t, store)}
			v.use(func(s *session.Session) { s.Set("n", 1) })
			before := *v
			a := v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				breaks(store)
				s.Set("m", 2)
				http.SetCookie(w, &http.Cookie{Name: "theme", Value: "dark"})
				w.Header().Set("Location", "/done")
				w.Header().Set("Content-Length", "4")
				w.WriteHeader(http.StatusSeeOther)
				_, _ = w.Write([]byte("done"))
			})
			wantStatus(t, a, http.StatusServiceUnavailable)
			wantNoCookie(t, a)
			h := a.Header()
			if h.Get("Retry-After") == "" || h.Get("Location") != "" || h.Get("Content-Length") == "4" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("the 503 has the header %v", h)
			}
			if a.Body.String() != "Service Unavailable\n" {
				t.Errorf("the 503's body is %q", a.Body)
			}
			if got := before.sees(); name == "nothing was done" && got != "n=1" {
				t.Errorf("the session holds %q, want what it held", got)
			}
		})
	}
}

func TestLoginThatCannotBeStoredIsNoLogin(t *testing.T) {
	for _, c := range []struct {
		name string
		op   storetest.Op
		nth  int
	}{{"new record", storetest.Save, 1}, {"old record", storetest.Save, 2}} {
		t.Run(c.name, func(t *testing.T) {
			store := storetest.NewFaulty(newMemory(t))
			v := &visitor{m: newManager(t, store)}
			v.use(func(s *session.Session) { s.Set("cart", 3) })
			a := v.use(func(s *session.Session) {
				store.FailNth(c.op, c.nth, errStore)
				s.Login("7")
			})
			wantStatus(t, a, http.StatusServiceUnavailable)
			wantNoCookie(t, a)
			wantSeen(t, v, "cart=3")
			if saves, deletes := store.Calls(storetest.Save), store.Calls(storetest.Delete); saves == 2+c.nth-1 && deletes != 1 {
				t.Errorf("after %d saves the record that nobody will hear of was deleted %d times, want once", saves, deletes)
			}
		})
	}
}

func TestLoginHoldsWhereTheOldRecordCannotBeDeleted(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) { s.Set("cart", 3) })
	old := v.with()
	a := v.use(func(s *session.Session) {
		store.FailNext(storetest.Delete, errStore)
		s.Login("7")
	})
	wantStatus(t, a, http.StatusOK)
	wantSeen(t, v, "cart=3 user:7")
	wantSeen(t, old, "")
}

func TestLogoutThatCannotBeStoredSaysSo(t *testing.T) {
	for name, end := range map[string]func(*session.Session){
		"Logout": (*session.Session).Logout,
		"Clear":  (*session.Session).Clear,
		"Clear and set": func(s *session.Session) {
			s.Clear()
			s.Set("message", "bye")
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := storetest.NewFaulty(newMemory(t))
			v := &visitor{m: newManager(t, store)}
			v.use(func(s *session.Session) { s.Login("7") })
			a := v.use(func(s *session.Session) {
				store.FailNext(storetest.Delete, errStore)
				end(s)
			})
			wantStatus(t, a, http.StatusServiceUnavailable)
			wantNoCookie(t, a)
			wantSeen(t, v, "user:7")
		})
	}
}

func TestPanicCommitsNothing(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not pass through the middleware")
			}
		}()
		v.use(func(s *session.Session) {
			s.Set("n", 2)
			panic("handler")
		})
	}()
	wantSeen(t, v, "n=1")
}

func TestErrorsOfTheHandlerCommitNothingFrom500(t *testing.T) {
	for status, want := range map[int]string{http.StatusBadRequest: "n=2", http.StatusInternalServerError: "n=1"} {
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		a := v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Set("n", 2)
			http.Error(w, "the handler's words", status)
		})
		wantStatus(t, a, status)
		wantSeen(t, v, want)
	}
}

func TestClientThatHangsUpStillGetsItsChangeStored(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	ctx, hangUp := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", http.NoBody)
	v.send(r, func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Set("n", 2)
		hangUp()
		_, _ = w.Write([]byte("ok"))
	})
	wantSeen(t, v, "n=2")
}

func TestStrangersCostNoStorage(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	m := newManager(t, store)
	for range 10_000 {
		v := &visitor{m: m}
		a := v.use(func(s *session.Session) { s.Get("cart"); s.Flashes(); s.Delete("cart"); s.Clear() })
		if a.set == nil {
			t.Fatal("a first visit got no cookie")
		}
		v.use(func(s *session.Session) { s.Clear(); s.Renew() })
	}
	if saves, deletes := store.Calls(storetest.Save), store.Calls(storetest.Delete); saves+deletes > 0 {
		t.Errorf("10,000 strangers caused %d saves and %d deletes, want none", saves, deletes)
	}
}

func TestUnchangedSessionIsNotWritten(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) { s.Update(map[string]any{"n": 1, "list": []int{1, 2}}) })
	saves := store.Calls(storetest.Save)
	v.use(func(s *session.Session) {
		s.Get("n")
		s.Set("n", 1)
		s.Set("list", []any{1, 2})
		s.Set("new", 1)
		s.Delete("new")
		s.Delete("never there")
	})
	if got := store.Calls(storetest.Save) - saves; got != 0 {
		t.Errorf("%d saves of an unchanged session, want 0", got)
	}
}

func TestUntouchedSessionIsNotLoaded(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	a := v.use(func(*session.Session) {})
	if got := store.Calls(storetest.Load); got != 0 {
		t.Errorf("%d loads, want 0", got)
	}
	wantNoCookie(t, a)
	if a.Header().Get("Vary") != "" {
		t.Error("a response that does not depend on the session varies by cookie")
	}
}

func TestOnlyAStoredSessionLeavesATombstone(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	v := &visitor{m: newManager(t, store)}
	v.use((*session.Session).Logout) // no token
	v.use(func(*session.Session) {})
	wantNoCookie(t, v.use((*session.Session).Clear)) // nothing is stored, nothing ends
	if a := v.with().use((*session.Session).Logout); a.set == nil || a.set.MaxAge >= 0 {
		t.Error("a stranger's logout does not expire his cookie")
	}
	if saves, deletes := store.Calls(storetest.Save), store.Calls(storetest.Delete); saves+deletes != 0 {
		t.Errorf("strangers who logged out caused %d saves and %d deletes, want none", saves, deletes)
	}
	leaving := v.with()
	leaving.use(func(s *session.Session) {
		s.Get("n")
		v.use(func(s *session.Session) { s.Set("n", 1) }) // stored while the logout is under way
		s.Logout()
	})
	wantSeen(t, v, "")
}
