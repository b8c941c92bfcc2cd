package session_test

import (
	"net/http"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestWhatIsSetBackIsNotWritten(t *testing.T) {
	for name, c := range map[string]struct {
		use   func(*session.Session)
		saves int
	}{
		"the same number":             {func(s *session.Session) { s.Set("n", 1) }, 0},
		"a number":                    {func(s *session.Session) { s.Set("n", 2); s.Set("n", 1) }, 0},
		"a text, by a longer one":     {func(s *session.Session) { s.Set("name", "Ada Lovelace"); s.Set("name", "Ada") }, 0},
		"what was deleted":            {func(s *session.Session) { s.Delete("n"); s.Set("name", "Eve"); s.Set("n", 1); s.Set("name", "Ada") }, 0},
		"by Modify":                   {func(s *session.Session) { increment(s, "n"); _ = session.Modify(s, "n", func(int) int { return 1 }) }, 0},
		"a number, but not a text":    {func(s *session.Session) { s.Set("n", 2); s.Set("name", "Eve"); s.Set("n", 1) }, 1},
		"a number, to that of others": {func(s *session.Session) { s.Set("n", 3); s.Set("n", 2) }, 1},
	} {
		store := storetest.NewFaulty(newMemory(t))
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Update(map[string]any{"n": 1, "name": "Ada"}) })
		before := store.Calls(storetest.Save)
		wantStatus(t, v.use(c.use), http.StatusOK)
		if got := store.Calls(storetest.Save) - before; got != c.saves {
			t.Errorf("%s: %d saves, want %d", name, got, c.saves)
		}
	}
}

func TestWhatAnotherRequestHasSetMeanwhileIsNotWrittenAgain(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) { s.Update(map[string]any{"n": 1, "name": "Ada"}) })
	set := func(s *session.Session) { s.Set("n", 2); s.Set("name", "Eve") }
	before := store.Calls(storetest.Save)
	wantStatus(t, v.use(func(s *session.Session) {
		s.Get("n")
		v.with().use(set)
		set(s)
	}), http.StatusOK)
	if got := store.Calls(storetest.Save) - before; got != 2 {
		t.Errorf("%d saves, want the other request's, and one that meets a conflict", got)
	}
}

func TestWatchedKeysAreComparedWithWhatWasLoaded(t *testing.T) {
	for name, c := range map[string]struct {
		use    func(*session.Session)
		renews bool
	}{
		"after another key":                    {func(s *session.Session) { s.Set("n", 2); s.Set("role", "admin") }, true},
		"the same, after another key":          {func(s *session.Session) { s.Set("n", 2); s.Set("role", "clerk") }, false},
		"there and back, beside another key":   {func(s *session.Session) { s.Set("role", "x"); s.Set("n", 2); s.Set("role", "clerk") }, false},
		"of the same length, there and back":   {func(s *session.Session) { s.Set("role", "admin"); s.Set("role", "clerk") }, false},
		"two, of which the first is set back":  {func(s *session.Session) { s.Set("role", "x"); s.Set("uid", 8); s.Set("role", "clerk") }, true},
		"one, and another as it was":           {func(s *session.Session) { s.Set("role", "x"); s.Set("uid", 7) }, true},
		"none, after Renew":                    {func(s *session.Session) { s.Renew(); s.Set("role", "clerk") }, true},
		"two, of which the second is set back": {func(s *session.Session) { s.Set("role", "x"); s.Set("uid", 8); s.Set("uid", 7) }, true},
	} {
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(s *session.Session) { s.Update(map[string]any{"n": 1, "role": "clerk", "uid": 7}) })
		if a := v.use(c.use); (a.set != nil) != c.renews {
			t.Errorf("%s: renewed is %t, want %t", name, a.set != nil, c.renews)
		}
		v.use(func(s *session.Session) {
			if !s.Has("uid") {
				t.Errorf("%s: the client's ID is another than the session's", name)
			}
		})
		other := func(s *session.Session) {
			s.Get("n")
			v.with().use(func(s *session.Session) { s.Set("other", 1) })
			c.use(s)
		}
		v = &visitor{m: v.m}
		v.use(func(s *session.Session) { s.Update(map[string]any{"n": 1, "role": "clerk", "uid": 7}) })
		if a := v.use(other); (a.set != nil) != c.renews {
			t.Errorf("%s, when another request comes first: renewed is %t, want %t", name, a.set != nil, c.renews)
		}
	}
}

func TestALoggedOutUserIsNotRevivedByAWatchedKeyAmongOthers(t *testing.T) {
	for name, use := range map[string]func(*session.Session){
		"after another":          func(s *session.Session) { s.Set("n", 2); s.Set("username", "new") },
		"before another":         func(s *session.Session) { s.Set("username", "new"); s.Set("n", 2) },
		"after it was deleted":   func(s *session.Session) { s.Delete("user_id"); s.Set("user_id", 8) },
		"after all were deleted": func(s *session.Session) { s.Delete("user_id"); s.Delete("username"); s.Set("username", "new") },
	} {
		v := &visitor{m: newManager(t, newMemory(t))}
		v.use(func(s *session.Session) { s.Update(map[string]any{"user_id": 7, "username": "old", "n": 1}) })
		a := v.with().use(func(s *session.Session) {
			s.Get("n")
			v.with().use((*session.Session).Logout)
			use(s)
		})
		if a.Code != http.StatusConflict || a.set != nil {
			t.Errorf("%s: status %d, a cookie is %t; want 409 and none", name, a.Code, a.set != nil)
		}
	}
}
