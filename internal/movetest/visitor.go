package movetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
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
	buried []string       // those of them that ended in both stores of the last move, or in the last store
}

// lose notes that the session under a token has ended.
func (v *visitor) lose(token string, inBoth bool) {
	v.dead = append(v.dead, token)
	if inBoth {
		v.buried = append(v.buried, token)
	}
}

// each calls f for all visitors, of several at a time.
func (a *application) each(f func(v *visitor)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range a.move.Clients {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(a.visitors); n = int(next.Add(1)) - 1 {
				f(a.visitors[n])
			}
		})
	}
	all.Wait()
}

// arrive logs the visitors in.
func (a *application) arrive() {
	for n := range a.move.Sessions {
		a.visitors = append(a.visitors, &visitor{user: fmt.Sprintf("user-%d", n), sets: map[string]int{}})
	}
	a.each(func(v *visitor) { a.post(v, rand.Int(), "/login?user="+v.user) }) //nolint:gosec // any process
}

// load sends requests for random visitors, of several clients, until stop is called or the test has failed.
func (a *application) load() (stop func()) {
	ctx, cancel := context.WithCancel(a.t.Context())
	var all sync.WaitGroup
	for range a.move.Clients {
		all.Go(func() {
			for ctx.Err() == nil && !a.t.Failed() {
				a.serve(a.visitors[rand.IntN(len(a.visitors))]) //nolint:gosec // which one does not matter
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// serve sends some requests of one visitor: several at a time, to all processes.
func (a *application) serve(v *visitor) {
	if !v.mu.TryLock() {
		return // another client has him
	}
	defer v.mu.Unlock()
	if v.gone {
		a.comeBack(v)
		return
	}
	switch n := rand.IntN(1000); { //nolint:gosec // any will do
	case n < 300:
		a.look(v, n)
	case n < 920:
		a.page(v)
	case n < 970:
		old, inBoth := *v.token.Load(), a.inBoth.Load()
		a.post(v, n, "/renew")
		v.lose(old, inBoth)
	default:
		old, inBoth := *v.token.Load(), a.inBoth.Load()
		a.post(v, n, "/logout")
		v.gone = true
		v.lose(old, inBoth)
		a.comeBack(v)
	}
}

// page is what a page does: three changes at once, at different processes.
func (a *application) page(v *visitor) {
	var all sync.WaitGroup
	for i := range 3 {
		key := fmt.Sprint(i)
		v.sets[key]++
		value := v.sets[key]
		v.visits++
		all.Go(func() { a.post(v, i, fmt.Sprintf("/visit?key=%s&value=%d", key, value)) })
	}
	all.Wait()
}

// look finds what the visitor's session must hold.
func (a *application) look(v *visitor, which int) {
	got := a.get(v, which)
	if got.User != v.user || got.Visits != v.visits || !maps.Equal(got.Sets, v.sets) {
		a.t.Errorf("the application has %+v, want %s with %d visits and %v", got, v.user, v.visits, v.sets)
	}
}

// comeBack tries the tokens of ended sessions, at each process.
func (a *application) comeBack(v *visitor) {
	for i, token := range v.dead {
		if got := a.get(thief(token), i); got.User != "" || got.Visits != 0 {
			a.t.Errorf("a session of %s that had ended is there again", v.user)
		}
	}
}

// bury tries to begin a session anew under tokens of ended ones, which no store may let him.
func (a *application) bury(v *visitor) {
	for i, token := range v.buried {
		a.post(thief(token), i, "/visit?key=0&value=1")
		if got := a.get(thief(token), i); got.Visits != 0 {
			a.t.Errorf("under the token of a session of %s that had ended there is another", v.user)
		}
	}
}

func thief(token string) *visitor {
	v := &visitor{user: "a thief"}
	v.token.Store(&token)
	return v
}

// verify looks at everybody, at the last step alone.
func (a *application) verify() {
	var gone, in, visits, buried atomic.Int64
	a.each(func(v *visitor) {
		a.bury(v)
		buried.Add(int64(len(v.buried)))
		if a.comeBack(v); v.gone {
			gone.Add(1)
			return
		}
		a.look(v, rand.Int()) //nolint:gosec // any process
		in.Add(1)
		visits.Add(int64(v.visits))
	})
	a.log("%d visitors are logged in, with %d changes; %d have logged out and stay so; %d tokens are refused for good",
		in.Load(), visits.Load(), gone.Load(), buried.Load())
}

func (a *application) post(v *visitor, which int, path string) {
	a.do(v, which, http.MethodPost, path, nil)
}

func (a *application) get(v *visitor, which int) (got view) {
	a.do(v, which, http.MethodGet, "/", &got)
	return got
}

// do sends a visitor's request to one of the processes. Every request must be answered.
func (a *application) do(v *visitor, which int, method, path string, into any) {
	r, err := http.NewRequestWithContext(context.Background(), method, "http://a-process"+path, http.NoBody)
	if err != nil {
		a.t.Error(err)
		return
	}
	if token := v.token.Load(); token != nil {
		r.Header.Set("Cookie", session.DefaultCookieName+"="+*token)
	}
	p := a.serving(which)
	defer p.busy.Done()
	resp, err := p.RoundTrip(r)
	if err != nil {
		a.t.Errorf("%s of %s: %v", path, v.user, err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if into != nil && resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(resp.Body).Decode(into)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		a.t.Errorf("%s of %s is answered %d, %v", path, v.user, resp.StatusCode, err)
	}
	for _, c := range resp.Cookies() {
		v.token.Store(&c.Value)
	}
	a.requests.Add(1)
}
