package movetest

import (
	"fmt"
	"math/rand/v2" //nolint:depguard // no secret: who is served next
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/proapi-go/proapi/session"
)

// A visitor is a client of the application, and what he must find there.
type visitor struct {
	token atomic.Pointer[string]

	mu     sync.Mutex // one of the clients serves him
	user   string
	visits int            // how often his counter was raised
	sets   map[string]int // his other values
	gone   bool           // he has logged out
	dead   []string       // tokens of sessions that have ended
}

// arrive logs the visitors in.
func (a *application) arrive() {
	for n := range a.move.Sessions {
		a.visitors = append(a.visitors, a.login(user(n)))
	}
}

func (a *application) login(user string) *visitor {
	v := &visitor{user: user, sets: map[string]int{}}
	a.want(v, a.do(v, 0, func(s *session.Session) { s.Login(user) }))
	return v
}

// load sends so many requests, of several clients, for random visitors.
func (a *application) load(requests int) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range a.move.Clients {
		all.Go(func() {
			for next.Add(1) <= int64(requests) {
				a.serve(a.visitors[rand.IntN(len(a.visitors))]) //nolint:gosec // which one does not matter
			}
		})
	}
	all.Wait()
}

// serve sends some requests of one visitor: several at a time, to both processes.
func (a *application) serve(v *visitor) {
	if !v.mu.TryLock() {
		return // another client has him
	}
	defer v.mu.Unlock()
	if v.gone {
		a.comeBack(v)
		return
	}
	switch n := rand.IntN(100); { //nolint:gosec // any will do
	case n < 30:
		a.look(v, n)
	case n < 85:
		a.page(v)
	case n < 92:
		old := *v.token.Load()
		a.want(v, a.do(v, n, func(s *session.Session) { s.Renew() }))
		v.dead = append(v.dead, old)
	default:
		old := *v.token.Load()
		a.want(v, a.do(v, n, (*session.Session).Logout))
		v.gone, v.dead = true, append(v.dead, old)
		a.comeBack(v)
	}
}

// page is what a page does: three changes at once.
func (a *application) page(v *visitor) {
	var all sync.WaitGroup
	for i := range 3 {
		key := fmt.Sprintf("set %d", i)
		v.sets[key]++
		value := v.sets[key]
		v.visits++
		all.Go(func() {
			a.want(v, a.do(v, i, func(s *session.Session) {
				_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
				s.Set(key, value)
			}))
		})
	}
	all.Wait()
}

// look finds what the visitor's session must hold.
func (a *application) look(v *visitor, which int) {
	a.want(v, a.do(v, which, func(s *session.Session) {
		if got := s.UserID(); got != v.user {
			a.t.Errorf("%s is %q to the application", v.user, got)
		}
		if got := s.Get("visits", 0); got != v.visits {
			a.t.Errorf("%s has %v visits, want %d", v.user, got, v.visits)
		}
		for key, want := range v.sets {
			if got := s.Get(key); got != want {
				a.t.Errorf("%s has %v under %s, want %d", v.user, got, key, want)
			}
		}
	}))
}

// comeBack tries the tokens of ended sessions, at each process.
func (a *application) comeBack(v *visitor) {
	for i, token := range v.dead {
		thief := &visitor{}
		thief.token.Store(&token)
		a.do(thief, i, func(s *session.Session) {
			if got := s.UserID(); got != "" {
				a.t.Errorf("a session of %s that had ended is there again", v.user)
			}
		})
	}
}

func (a *application) want(v *visitor, status int) {
	if status != http.StatusNoContent {
		a.t.Errorf("a request of %s is answered %d", v.user, status)
	}
}

// verify looks at everybody, with the new store alone.
func (a *application) verify() {
	a.start(func() session.Store { return a.move.To(a.t) })
	defer a.stop(0)
	gone := 0
	for _, v := range a.visitors {
		if a.comeBack(v); v.gone {
			gone++
			continue
		}
		a.look(v, 0)
	}
	a.t.Logf("%d visitors are logged in, %d have logged out", len(a.visitors)-gone, gone)
}
