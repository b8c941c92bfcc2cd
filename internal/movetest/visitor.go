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
		old := *v.token.Load()
		a.post(v, n, "/renew")
		v.dead = append(v.dead, old)
	default:
		old := *v.token.Load()
		a.post(v, n, "/logout")
		v.gone, v.dead = true, append(v.dead, old)
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
		thief := &visitor{}
		thief.token.Store(&token)
		if got := a.get(thief, i); got.User != "" || got.Visits != 0 {
			a.t.Errorf("a session of %s that had ended is there again", v.user)
		}
	}
}

// verify looks at everybody, at the last step alone.
func (a *application) verify() {
	var gone, in, visits atomic.Int64
	a.each(func(v *visitor) {
		if a.comeBack(v); v.gone {
			gone.Add(1)
			return
		}
		a.look(v, rand.Int()) //nolint:gosec // any process
		in.Add(1)
		visits.Add(int64(v.visits))
	})
	a.log("%d visitors are logged in, with %d changes; %d have logged out and stay so", in.Load(), visits.Load(), gone.Load())
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
