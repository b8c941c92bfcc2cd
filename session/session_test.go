package session_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

func TestDictionary(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) {
		s.Set("n", 1)
		s.Update(map[string]any{"a": "x", "b": nil, "c": true})
		s.Delete("c")
		if got := s.Pop("a", "default"); got != "x" {
			t.Errorf("Pop returns %v", got)
		}
		if got := s.Pop("a", "default"); got != "default" {
			t.Errorf("a second Pop returns %v", got)
		}
	})
	v.use(func(s *session.Session) {
		if got := s.Get("n"); got != 1 {
			t.Errorf("Get returns %v", got)
		}
		if s.Get("a") != nil || s.Get("a", 5) != 5 || s.Get("b", 5) != nil {
			t.Error("defaults are not what is asked for")
		}
		if _, ok := s.Lookup("b"); !ok || !s.Has("b") || s.Has("a") {
			t.Error("a nil is not told from nothing")
		}
		if got := s.Keys(); !slices.Equal(got, []string{"b", "n"}) || s.Len() != 2 {
			t.Errorf("keys %v, length %d", got, s.Len())
		}
		if got := maps.Collect(s.All()); !reflect.DeepEqual(got, map[string]any{"b": nil, "n": 1}) {
			t.Errorf("all %v", got)
		}
	})
}

func TestValuesAreCopies(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) {
		list := []any{"a"}
		s.Set("list", list)
		list[0] = "changed"
		got, _ := s.Get("list").([]any)
		if got[0] != "a" {
			t.Error("a value changed with the caller's own")
		}
		got[0] = "changed"
	})
	wantSeen(t, v, "list=[a]")
}

func TestOneValueThatNoLongerFitsFailsAlone(t *testing.T) {
	type old struct{ Count string }
	type now struct{ Count int }
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("cart", old{"three"}); s.Set("n", 1) })
	v.use(func(s *session.Session) {
		_, err := session.Value[now](s, "cart")
		var typ *session.TypeError
		if !errors.As(err, &typ) || typ.Key != "cart" || typ.Want != reflect.TypeFor[now]() {
			t.Errorf("the error is %v, want a TypeError of the cart", err)
		}
		if n, err := session.Value[int](s, "n"); n != 1 || err != nil {
			t.Errorf("the other value is %d, %v", n, err)
		}
		if s.Err() != nil {
			t.Errorf("the session fails with %v", s.Err())
		}
		var key *session.KeyError
		if _, err := session.Value[int](s, "absent"); !errors.As(err, &key) || key.Key != "absent" {
			t.Errorf("the error is %v, want a KeyError", err)
		}
	})
}

func TestTheEnginesOwnKeysAreNobodysToRead(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Login("7") })
	v.use(func(s *session.Session) {
		const key = "\x00authenticated"
		var absent *session.KeyError
		if _, err := session.Value[time.Time](s, key); !errors.As(err, &absent) {
			t.Errorf("Value returns %v, want a KeyError", err)
		}
		if s.Has(key) || s.Get(key) != nil {
			t.Error("the session has the key")
		}
	})
}

func TestAClientThatHasGoneHasNoSession(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	v.use(func(s *session.Session) { s.Get("n") }) // what this looks up need not be looked up again
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	a := v.send(r, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		leave()
		if _, err := session.Value[int](s, "n"); !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("Value returns %v, want ErrUnavailable, and why", err)
		}
	})
	wantStatus(t, a, http.StatusServiceUnavailable)
}

func TestModifyOfAnotherTypeFailsTheRequest(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", "text") })
	a := v.use(func(s *session.Session) { increment(s, "n") })
	wantStatus(t, a, 500)
	wantSeen(t, v, "n=text")
}

func TestSessionIsSafeForSeveralGoroutines(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) {
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				s.Set(fmt.Sprint(i), i)
				increment(s, "n")
				s.Get("n")
				s.Keys()
			})
		}
		all.Wait()
	})
	v.use(func(s *session.Session) {
		if s.Len() != 51 || s.Get("n") != 50 {
			t.Errorf("%d values, n=%v", s.Len(), s.Get("n"))
		}
	})
}

func TestSizeIsBoundedForAllRequestsTogether(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.MaxSize = 1000 })}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	a := v.with().use(func(s *session.Session) {
		s.Get("n")
		wantStatus(t, v.with().use(func(s *session.Session) { s.Set("a", make([]byte, 600)) }), 200)
		s.Set("b", make([]byte, 600)) // each fits, both do not
	})
	wantStatus(t, a, 500)
	v.use(func(s *session.Session) {
		if s.Has("b") || !s.Has("a") {
			t.Error("the session grew past its bound")
		}
		s.Delete("a") // and can shrink
	})
	wantSeen(t, v, "n=1")
}

func TestSessionThatIsTooLargeCanShrink(t *testing.T) {
	store := newMemory(t)
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) {
		s.Set("a", make([]byte, 900))
		s.Set("b", 1)
	})
	v.m = newManager(t, store, func(o *session.Options) { o.MaxSize = 100 })
	wantStatus(t, v.use(func(s *session.Session) {
		s.Set("a", make([]byte, 800))
		s.Set("b", 2)
	}), 200)
	wantStatus(t, v.use(func(s *session.Session) { s.Set("c", 1) }), 500)
}

func TestEachOfSeveralChangesIsMadeAgainAfterAConflict(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	v.use(func(s *session.Session) {
		s.Set("a", 1)
		s.Set("b", 22)
		increment(s, "n")
		s.Set("c", true)
		v.with().use(func(s *session.Session) { s.Set("other", 5) })
	})
	wantSeen(t, v, "a=1 b=22 c=true n=2 other=5")
}
