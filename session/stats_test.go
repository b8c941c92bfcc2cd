package session_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// rejected returns how many cookies were no token, whatever was wrong with them.
func rejected(m *session.Manager) (n uint64) {
	for _, of := range m.Stats().Rejected {
		n += of
	}
	return n
}

func TestStatsCountEachEvent(t *testing.T) {
	later(t, func(t *testing.T) {
		events := map[string]uint64{}
		m := newManager(t, newMemory(t), func(o *session.Options) {
			o.MaxSessionsPerUser, o.RefuseLogin = 1, true
			o.OnEvent = func(_ context.Context, e session.Event) { events[e.Name]++ }
		})
		v := login(m, "ann")
		v.use((*session.Session).Renew)
		wantStatus(t, (&visitor{m: m}).use(func(s *session.Session) { s.Login("ann") }), http.StatusConflict)
		v.use((*session.Session).Logout)
		(&visitor{m: m, token: "x"}).use(func(*session.Session) {})
		old := login(m, "ben")
		if _, err := m.RevokeUser(t.Context(), "ben"); err != nil {
			t.Error(err)
		}
		pass(session.DefaultMaxAge + 2*time.Second)
		old.sees()
		s := m.Stats()
		got := map[string]uint64{
			session.EventCreated: s.Created, session.EventRenewed: s.Renewed, session.EventLogin: s.Logins,
			session.EventLogout: s.Logouts, session.EventRevoked: s.Revoked, session.EventExpired: s.Expired,
			session.EventBroken: s.Broken, session.EventExcess: s.Excess, session.EventRejected: s.Rejected["malformed"],
		}
		maps.DeleteFunc(got, func(_ string, n uint64) bool { return n == 0 })
		if !maps.Equal(got, events) {
			t.Errorf("the events were %v, and %v are counted", events, got)
		}
		for _, name := range []string{session.EventRenewed, session.EventLogin, session.EventLogout, session.EventRevoked, session.EventExpired, session.EventExcess} {
			if events[name] == 0 {
				t.Errorf("the test makes no %s", name)
			}
		}
	})
}

func TestStatsCountBrokenRecords(t *testing.T) {
	store := newThief(t)
	m := newManager(t, store)
	v := login(m, "ann")
	key, rec := store.newest()
	rec.User = "root"
	store.forged[key] = rec
	v.sees()
	if got := m.Stats().Broken; got != 1 {
		t.Errorf("%d broken records are counted, want 1", got)
	}
}

func TestStatsHaveEveryReasonOfARejection(t *testing.T) {
	m := newManager(t, newMemory(t))
	want := []string{"ambiguous", "expired", "future", "key", "malformed", "signature", "version"}
	if got := slices.Sorted(maps.Keys(m.Stats().Rejected)); !slices.Equal(got, want) {
		t.Errorf("the reasons are %q, want %q", got, want)
	}
	(&visitor{m: m, token: "x"}).use(func(*session.Session) {})
	token := newToken(t, m, "ann")
	v := &visitor{m: m, token: token[:60] + "AAAAAAAAAAAA"}
	v.use(func(*session.Session) {})
	if got := m.Stats().Rejected; got["malformed"] != 1 || got["signature"] != 1 || rejected(m) != 2 {
		t.Errorf("one malformed and one forged cookie are counted as %v", got)
	}
}

func TestStatsCountWhatTheStoreAnswered(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	m := newManager(t, store)
	v := &visitor{m: m}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	v.use(func(s *session.Session) { increment(s, "n") })
	store.FailNext(storetest.Load, errStore)
	v.use(func(s *session.Session) { s.Get("n") })
	store.FailNext(storetest.Save, errStore)
	v.with().use(func(s *session.Session) { s.Set("n", 7) })
	v.use((*session.Session).Logout)
	s := m.Stats()
	if s.Loads != 3 || s.Commits != 2 || s.Deletes != 1 || s.Unavailable != 2 {
		t.Errorf("%d loads, %d commits, %d deletes, %d failures, want 3, 2, 1, 2", s.Loads, s.Commits, s.Deletes, s.Unavailable)
	}
	if s.LoadTime.Count != 4 || s.SaveTime.Count != 3 || s.DeleteTime.Count != 1 {
		t.Errorf("%d loads, %d saves and %d deletes were timed, want 4, 3, 1: those too that failed",
			s.LoadTime.Count, s.SaveTime.Count, s.DeleteTime.Count)
	}
}

func TestStatsCountConflictsAndReplays(t *testing.T) {
	m := newManager(t, newMemory(t))
	v := &visitor{m: m}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	v.use(func(s *session.Session) {
		increment(s, "n")
		v.with().use(func(s *session.Session) { increment(s, "n") })
	})
	v.use(func(s *session.Session) {
		increment(s, "n")
		v.with().use((*session.Session).Logout)
	})
	if s := m.Stats(); s.Conflicts != 2 || s.Replays != 1 || s.Ended != 1 {
		t.Errorf("%d conflicts, %d replays, %d ended, want 2, 1, 1", s.Conflicts, s.Replays, s.Ended)
	}
}

// slow is a store whose loads take as long as the test says.
type slow struct {
	session.Store

	takes time.Duration
}

func (s *slow) Load(ctx context.Context, key session.Key) (session.Record, error) {
	<-time.After(s.takes) // in a bubble, where no time passes otherwise
	return s.Store.Load(ctx, key)
}

func TestHistogramsHaveEachCallInItsBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: newMemory(t)}
		m := newManager(t, store)
		v := &visitor{m: m}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		before := m.Stats().LoadTime
		var sum time.Duration
		want := slices.Clone(before.Counts)
		for bucket, bound := range before.Bounds {
			for i, takes := range []time.Duration{bound, bound + 1} {
				store.takes = takes
				v.sees()
				sum += takes
				want[bucket+i]++
			}
		}
		h := m.Stats().LoadTime
		if !slices.Equal(h.Counts, want) || h.Sum-before.Sum != sum || h.Count-before.Count != uint64(2*len(h.Bounds)) {
			t.Errorf("the histogram is %+v, want the counts %v and %v more", h, want, sum)
		}
		if !slices.IsSorted(h.Bounds) || len(h.Counts) != len(h.Bounds)+1 {
			t.Errorf("%d counts for the bounds %v", len(h.Counts), h.Bounds)
		}
		h.Bounds[0] = 0
		if m.Stats().LoadTime.Bounds[0] == 0 {
			t.Error("who gets a histogram can change the next one")
		}
	})
}

func TestCallsOfMemoryAreAllCountedAndSomeTimed(t *testing.T) {
	const requests = 64 * 50
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	atOnce(50, func(int) {
		for range requests / 50 {
			v.sees()
		}
	})
	s := v.m.Stats()
	if timed := s.LoadTime.Count; s.Loads != requests || timed < requests/128 || timed > requests/8 {
		t.Errorf("of %d loads %d are counted and %d timed, want all, and some 50", requests, s.Loads, timed)
	}
}

func TestEachCallOfTheStoreIsTold(t *testing.T) {
	type traced struct{}
	var told []session.StoreCall
	store := storetest.NewFaulty(newMemory(t))
	m := newManager(t, store, func(o *session.Options) {
		o.OnStoreCall = func(ctx context.Context, call session.StoreCall) {
			if ctx.Value(traced{}) != "request" {
				t.Errorf("the context of a %s is not the request's", call.Operation)
			}
			told = append(told, call)
		}
	})
	v := &visitor{m: m}
	began := time.Now()
	use := func(do func(s *session.Session)) {
		r, err := http.NewRequestWithContext(context.WithValue(t.Context(), traced{}, "request"), http.MethodGet, "/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if a := v.send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { do(s) }); a.set != nil {
			v.token = a.set.Value
		}
	}
	use(func(s *session.Session) { s.Set("n", 1) })
	use(func(s *session.Session) { s.Get("n") })
	store.FailNext(storetest.Load, errStore)
	use(func(s *session.Session) { s.Get("n") })
	use((*session.Session).Logout)
	want := []session.StoreCall{
		{Operation: "save"}, {Operation: "load"}, {Operation: "load", Err: errStore}, {Operation: "load"}, {Operation: "delete"},
	}
	if len(told) != len(want) {
		t.Fatalf("%d calls are told, want %d", len(told), len(want))
	}
	for i, call := range told {
		if call.Operation != want[i].Operation || !errors.Is(call.Err, want[i].Err) || call.Took < 0 ||
			call.Began.Before(began.Add(-time.Second)) || call.Began.Add(call.Took).After(time.Now().Add(time.Second)) {
			t.Errorf("call %d is told as %+v", i, call)
		}
	}
}
