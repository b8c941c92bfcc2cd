package torture_test

import (
	"fmt"
	"math/rand/v2" //nolint:depguard // no secret: a run is to be repeated
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proapi-go/proapi/internal/torture/history"
)

// A load is browsers that use the application, and what they write down.
type load struct {
	fleet   *fleet
	history history.History
	start   time.Time
	last    atomic.Int64 // number of the last session, value or token
	seed    uint64

	mu    sync.Mutex
	every []*lineage
}

// A lineage is one session, under whichever token.
type lineage struct {
	number int
	user   string

	mu      sync.Mutex
	tokens  []string // the newest last
	numbers []history.Token
	asked   int // requests so far
	lost    int // of which nobody knows what they did
}

// The sizes of a history that can still be checked fast, and in which there is something to find.
const (
	tabs        = 3   // of a browser, which send requests at the same time
	maxRequests = 120 // of a session
	maxLost     = 5
	users       = 3 // whose sessions are those of several browsers
)

// browse lets so many browsers use the application until stop is closed, and returns when the last has its answer.
func (l *load) browse(browsers int, stop <-chan struct{}) {
	var all sync.WaitGroup
	for n := range browsers {
		b := &browser{load: l, random: choices(l.seed, fmt.Sprint("browser ", n))}
		for tab := range tabs {
			random := choices(l.seed, fmt.Sprint("browser ", n, " tab ", tab))
			client := &http.Client{Transport: &http.Transport{}, Timeout: 15 * time.Second}
			all.Go(func() {
				defer client.CloseIdleConnections()
				for !closed(stop) {
					b.act(&tabOf{client, random, n*tabs + tab})
				}
			})
		}
	}
	all.Wait()
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// A browser has one session at a time, in several tabs.
type browser struct {
	load *load

	mu     sync.Mutex
	random *rand.Rand
	now    *lineage
	before *lineage
}

// tabOf is what one tab of a browser sends its requests with.
type tabOf struct {
	client *http.Client
	random *rand.Rand
	number int
}

// act sends one request, of a random kind.
func (b *browser) act(tab *tabOf) {
	l, ghost := b.session(tab)
	if l == nil {
		wait(nil, 10*time.Millisecond) // the application is down
		return
	}
	r := history.Request{Session: l.number, Client: tab.number, User: l.user, Slot: tab.random.IntN(history.Slots)}
	r.Kind = kindOf(tab.random.IntN(100))
	token := ""
	l.mu.Lock()
	at := len(l.tokens) - 1
	if ghost || tab.random.IntN(12) == 0 {
		at = tab.random.IntN(len(l.tokens)) // often one that has ended
	}
	token, r.Token = l.tokens[at], l.numbers[at]
	l.mu.Unlock()
	if ghost && r.Kind != history.Set {
		r.Kind = history.Look
	}
	b.send(tab, l, &r, token)
}

// kindOf gives each kind its share of a hundred.
func kindOf(n int) history.Kind {
	for _, share := range []struct {
		of   int
		kind history.Kind
	}{
		{24, history.Look},
		{22, history.Set},
		{8, history.Delete},
		{26, history.Count},
		{6, history.Renew},
		{6, history.Login},
		{2, history.Logout},
		{3, history.Clear},
		{3, history.Revoke},
	} {
		if n < share.of {
			return share.kind
		}
		n -= share.of
	}
	panic("the shares make no hundred")
}

// session returns the browser's session, a new one where it has none that is of use any more; now and then the one before,
// whose end must be the end.
func (b *browser) session(tab *tabOf) (l *lineage, ghost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.before != nil && tab.random.IntN(12) == 0 {
		return b.before, true
	}
	if b.now == nil {
		b.now = b.load.begin(tab, b.random, b.load.lineage())
	}
	return b.now, false
}

// leave makes the browser begin another session, next, or one that is to be made.
func (b *browser) leave(l, next *lineage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now == l {
		b.before, b.now = l, next
	}
}

// begin makes a session, nil where that fails.
func (l *load) begin(tab *tabOf, random *rand.Rand, made *lineage) *lineage {
	r := history.Request{Session: made.number, Client: tab.number, Kind: history.Begin, User: made.user}
	answer := l.ask(tab, &r, "", url.Values{"mark": {made.mark()}, "user": {made.user}}, random.IntN(64))
	if r.Verdict != history.Done || answer == "" {
		return nil
	}
	made.got(l, &r, answer)
	l.add(r)
	return made
}

func (l *load) lineage() *lineage {
	n := int(l.last.Add(1))
	return &lineage{number: n, user: fmt.Sprint("user ", n%users)}
}

func (n *lineage) mark() string { return strconv.Itoa(n.number) }

func (l *load) add(r history.Request) { l.history.Add(r) }

// got notes the token that a request brought.
func (n *lineage) got(l *load, r *history.Request, token string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r.New = history.Token(l.last.Add(1))
	n.tokens, n.numbers = append(n.tokens, token), append(n.numbers, r.New)
	if len(n.tokens) == 1 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.every = append(l.every, n)
	}
}

// send sends a request of the session and writes down what came of it.
func (b *browser) send(tab *tabOf, l *lineage, r *history.Request, token string) {
	form := url.Values{"user": {l.user}}
	var next *lineage
	switch r.Kind {
	case history.Set, history.Delete:
		r.Value = int(b.load.last.Add(1))
		form.Set("slot", strconv.Itoa(r.Slot))
		form.Set("value", strconv.Itoa(r.Value))
	case history.Clear:
		next = b.load.lineage()
		form.Set("mark", next.mark())
	case history.Begin, history.Look, history.Count, history.Renew, history.Login, history.Logout, history.Revoke, history.RevokeAll:
	}
	got := b.load.ask(tab, r, token, form, tab.random.IntN(64))
	if r.Verdict != history.Done || !b.succeeded(l, r, got, next) {
		next = nil
	}
	b.load.add(*r)
	l.mu.Lock()
	l.asked++
	if r.Verdict == history.Unknown && r.Kind != history.Look {
		l.lost++
	}
	over := l.asked >= maxRequests || l.lost >= maxLost || r.Token == l.numbers[len(l.numbers)-1] &&
		(r.Verdict == history.Gone || r.Verdict == history.Ended)
	l.mu.Unlock()
	switch r.Kind {
	case history.Logout, history.Clear, history.Revoke:
		over = true
	case history.Begin, history.Look, history.Set, history.Delete, history.Count, history.Renew, history.Login, history.RevokeAll:
	}
	if over {
		b.leave(l, next)
	}
}

// succeeded notes what a request that was answered with success says besides, and reports whether it began the session next.
func (b *browser) succeeded(l *lineage, r *history.Request, got string, next *lineage) bool {
	switch {
	case r.Kind == history.Delete && r.Saw.Values[r.Slot] == 0:
		r.Kind = history.Look // there was nothing to delete
	case r.Kind == history.Renew && got == "":
		r.Verdict = history.Ended // it came too late, and so got no token
	case r.Kind == history.Renew, r.Kind == history.Login:
		l.got(b.load, r, got)
	case r.Kind == history.Clear && got != "":
		began := history.Request{
			Session: next.number, Client: r.Client, Kind: history.Begin, Verdict: history.Done, Process: r.Process, Start: r.Start, End: r.End,
		}
		next.got(b.load, &began, got)
		b.load.add(began)
		return true
	}
	return false
}
