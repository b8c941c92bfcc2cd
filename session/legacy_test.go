package session_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// An oldLibrary is what sessions are taken over from: it knows users by their cookie's value.
type oldLibrary struct {
	mu    sync.Mutex
	users map[string]string
	err   error
	ended int
}

func (o *oldLibrary) read(name string) func(r *http.Request) (func(*session.Session), error) {
	return func(r *http.Request) (func(*session.Session), error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		c, err := r.Cookie(name)
		if err != nil || o.err != nil {
			return nil, errors.Join(err, o.err)
		}
		user := o.users[c.Value]
		if user == "" {
			return nil, nil
		}
		return func(s *session.Session) {
			s.Set("cart", 3)
			s.Login(user)
		}, nil
	}
}

func (o *oldLibrary) end(name string) func(r *http.Request) error {
	return func(r *http.Request) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		c, err := r.Cookie(name)
		if err == nil {
			delete(o.users, c.Value)
			o.ended++
		}
		return err
	}
}

// heir is an application that has taken the old library's place.
type heir struct {
	t       *testing.T
	old     *oldLibrary
	handler http.Handler
}

// oldValue is base64 with spare bits, as cookies of securecookie are.
const oldValue = "b2xkYQ=="

// page does what a path says, and answers with the user and the number of visits.
func page(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	switch r.URL.Path {
	case "/logout":
		s.Logout()
	case "/login":
		s.Login("eve")
	case "/broken":
		s.Set("broken", true)
		w.WriteHeader(http.StatusInternalServerError)
	case "/read":
		s.Has("cart")
	default:
		_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
	}
	_, _ = io.WriteString(w, s.UserID())
}

func newHeir(t *testing.T, store session.Store, change ...func(*session.Legacy)) *heir {
	t.Helper()
	old := &oldLibrary{users: map[string]string{oldValue: "ada"}}
	l := session.Legacy{Cookie: "old", Until: time.Now().Add(24 * time.Hour)}
	for _, c := range change {
		c(&l)
	}
	l.Read = old.read(l.Cookie)
	if l.End != nil {
		l.End = old.end(l.Cookie)
	}
	h, err := newManager(t, store).TakeOver(l, http.HandlerFunc(page))
	if err != nil {
		t.Fatal(err)
	}
	return &heir{t: t, old: old, handler: h}
}

func inStore(l *session.Legacy)  { l.End = func(*http.Request) error { return nil } }
func sameName(l *session.Legacy) { l.Cookie = "session" }

// A caller has cookies by name.
type caller struct {
	*heir

	cookies map[string]string
}

func (h *heir) browser(name, value string) *caller {
	return &caller{h, map[string]string{name: value}}
}

// get returns the status and who the page says the visitor is.
func (b *caller) get(path string) (status int, user string) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge > 0 {
			b.cookies[c.Name] = c.Value
		} else {
			delete(b.cookies, c.Name)
		}
	}
	return rec.Code, rec.Body.String()
}

func (b *caller) is(path, want string) {
	b.t.Helper()
	if status, user := b.get(path); status != http.StatusOK || user != want {
		b.t.Errorf("%s: the visitor is %q with status %d, want %q", path, user, status, want)
	}
}

func TestNobodyIsLoggedOutByTheChange(t *testing.T) {
	for name, change := range map[string][]func(*session.Legacy){
		"in a store": {inStore}, "in the cookie": nil, "in a store, by our name": {inStore, sameName}, "in the cookie, by our name": {sameName},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHeir(t, newMemory(t), change...)
			l := session.Legacy{Cookie: "old"}
			for _, c := range change {
				c(&l)
			}
			b := h.browser(l.Cookie, oldValue)
			for range 3 {
				b.is("/", "ada")
			}
			if _, has := b.cookies["old"]; has || b.cookies["session"] == oldValue {
				t.Errorf("the browser has the cookies %v", b.cookies)
			}
			if l.End != nil && (len(h.old.users) > 0 || h.old.ended != 1) {
				t.Errorf("the old session was ended %d times", h.old.ended)
			}
			b.is("/logout", "")
			b.is("/", "")
		})
	}
}

func TestRequestsThatComeAtOnceTakeOverOneSession(t *testing.T) {
	store := newMemory(t)
	h := newHeir(t, store, inStore)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { h.browser("old", oldValue).is("/", "ada") })
	}
	all.Wait()
	sessions := 0
	for e, err := range store.(session.Lister).ListUser(t.Context(), "ada") {
		sessions++
		if err != nil || e.Record.User != "ada" {
			t.Errorf("the store has a session of %q, %v", e.Record.User, err)
		}
	}
	if sessions != 1 {
		t.Errorf("ada has %d sessions, want 1", sessions)
	}
}

// TestAnswerThatWasLostIsMadeUpFor has a browser that never got the first answer, and only reads from then on.
func TestAnswerThatWasLostIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeir(t, newMemory(t), inStore)
		h.browser("old", oldValue).is("/", "ada")
		b := h.browser("old", oldValue)
		b.is("/read", "ada")
		<-time.After(6 * time.Minute)
		b.is("/read", "ada")
	})
}

// overtaken is a store that lets something happen once, between one of its loads and what follows from it.
type overtaken struct {
	session.Store

	loads     int // until then
	meanwhile func()
}

func (o *overtaken) Load(ctx context.Context, key session.Key) (session.Record, error) {
	rec, err := o.Store.Load(ctx, key)
	if o.loads--; o.loads == 0 {
		o.meanwhile()
	}
	return rec, err
}

// TestRequestThatIsOvertakenFindsTheSameSession has a request that another one overtakes, which takes the old session over and
// ends it in the other library's store.
func TestRequestThatIsOvertakenFindsTheSameSession(t *testing.T) {
	for loads := range 5 {
		store := &overtaken{Store: newMemory(t), loads: loads}
		h := newHeir(t, store, inStore)
		store.meanwhile = func() { h.browser("old", oldValue).is("/", "ada") }
		h.browser("old", oldValue).is("/", "ada")
	}
}

// TestLogoutDoesNotFallBackToTheOldCookie has a cookie that the other library believes for ever.
func TestLogoutDoesNotFallBackToTheOldCookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeir(t, newMemory(t))
		b := h.browser("old", oldValue)
		b.is("/", "ada")
		b.is("/logout", "")
		for _, wait := range []time.Duration{0, time.Minute, 5 * time.Minute, 3 * time.Hour, 30 * 24 * time.Hour} {
			<-time.After(wait) // 3 hours: the tombstone of the session has expired as well
			for _, value := range []string{oldValue, "b2xkYQ", "b2xkYR==", "b2xkYf"} {
				h.old.users[value] = "ada" // a decoder that is not strict takes them for the same
				h.browser("old", value).is("/", "")
			}
		}
	})
}

func TestOldCookieIsDeadWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeir(t, newMemory(t))
		b := h.browser("old", oldValue)
		b.is("/", "ada")
		h.browser("old", oldValue).is("/", "ada") // the answer may have been lost
		<-time.After(6 * time.Minute)
		h.browser("old", oldValue).is("/", "")
		b.is("/", "ada")

		h.old.users["another"] = "ida"
		<-time.After(24 * time.Hour)
		thief := h.browser("old", "another")
		thief.is("/", "") // after Until
		if _, has := thief.cookies["old"]; has {
			t.Error("the browser still has the old cookie")
		}
	})
}

// TestCookieThatIsNotVouchedForChoosesNoSession has an attacker who plants an old cookie of his making.
func TestCookieThatIsNotVouchedForChoosesNoSession(t *testing.T) {
	store := newMemory(t)
	h := newHeir(t, store)
	victim, attacker := h.browser("old", "planted"), h.browser("old", "planted")
	victim.is("/", "")
	attacker.is("/", "")
	sessions := 0
	for _, err := range store.(session.Lister).List(t.Context()) {
		sessions++
		if err != nil {
			t.Error(err)
		}
	}
	if sessions != 2 {
		t.Errorf("they have %d sessions, want one each", sessions)
	}
	victim.is("/login", "eve")
	attacker.is("/", "")
}

// TestLoginLeavesTheOldCookieBehind has an attacker plant an old cookie that is good, his own.
func TestLoginLeavesTheOldCookieBehind(t *testing.T) {
	h := newHeir(t, newMemory(t))
	h.browser("old", oldValue).is("/login", "eve")
	h.browser("old", oldValue).is("/", "")

	h = newHeir(t, newMemory(t))
	victim := h.browser("old", oldValue)
	victim.is("/", "ada")
	victim.is("/login", "eve")
	h.browser("old", oldValue).is("/", "")
}

func TestWhoCannotBeTakenOverNowIsLater(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	h := newHeir(t, store, inStore)
	b := h.browser("old", oldValue)
	fails := func(what string) {
		t.Helper()
		if status, user := b.get("/"); status != http.StatusServiceUnavailable || user != "Service Unavailable\n" || b.cookies["session"] != "" {
			t.Errorf("%s: status %d %q, cookies %v", what, status, user, b.cookies)
		}
	}
	h.old.err = errors.New("the old store is down")
	fails("the old store is down")
	h.old.err = nil
	for _, op := range []storetest.Op{storetest.Load, storetest.Delete, storetest.Save} { // what is deleted says what was taken over
		store.Fail(op, errStore)
		fails("the store is down")
		store.Heal()
	}
	if status, _ := b.get("/broken"); status != http.StatusInternalServerError {
		t.Errorf("status %d", status)
	}
	b.is("/", "ada")
	b.is("/", "ada")
}

// TestForgedCookieReachesNoStore has a cookie that holds its session, and that the other library does not believe.
func TestForgedCookieReachesNoStore(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t))
	h := newHeir(t, store)
	b := h.browser("old", "forged")
	if status, _ := b.get("/broken"); status != http.StatusInternalServerError || store.Calls(storetest.AnyOp) > 0 {
		t.Errorf("status %d, and the store was asked %d times", status, store.Calls(storetest.AnyOp))
	}
}

func TestWhoHasASessionKeepsIt(t *testing.T) {
	h := newHeir(t, newMemory(t))
	b := h.browser("theme", "dark")
	b.is("/login", "eve")
	b.cookies["old"] = oldValue
	b.is("/", "eve")
	if _, has := b.cookies["old"]; has {
		t.Error("the browser still has the old cookie")
	}
}

func TestLegacyNeedsToBeWhole(t *testing.T) {
	if _, err := newManager(t, newMemory(t)).TakeOver(session.Legacy{Cookie: "old"}, http.NotFoundHandler()); err == nil {
		t.Error("a Legacy without Read and Until was accepted")
	}
}
