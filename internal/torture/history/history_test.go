package history_test

import (
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/torture/history"
)

// began is how every story begins: a session with token 1.
var began = history.Request{Kind: history.Begin, Verdict: history.Done, New: 1, User: "ada"}

// A story is requests one after the other, unless during says that a request goes on while later ones come.
type story []history.Request

func (s story) violations(t *testing.T) int {
	t.Helper()
	h := &history.History{}
	for i, r := range append(story{began}, s...) {
		r.Start += time.Duration(10 * i)
		r.End += r.Start + 5
		h.Add(r)
	}
	violations, undecided := h.Check()
	if undecided > 0 {
		t.Errorf("%d sessions are undecided", undecided)
	}
	for _, v := range violations {
		t.Log(v)
	}
	return len(violations)
}

// during makes a request go on while the next ones come.
func during(r history.Request) history.Request {
	r.End = 1000
	return r
}

// after makes a request come when those that go on have ended.
func after(r history.Request) history.Request {
	r.Start = 2000
	return r
}

func done(kind history.Kind, token history.Token) history.Request {
	return history.Request{Kind: kind, Token: token, User: "ada", Verdict: history.Done}
}

func answered(r history.Request, v history.Verdict) history.Request {
	r.Verdict = v
	return r
}

func with(r history.Request, token history.Token) history.Request {
	r.New = token
	return r
}

func set(token history.Token, slot, value int) history.Request {
	r := done(history.Set, token)
	r.Slot, r.Value = slot, value
	return r
}

func looked(token history.Token, count int, values ...int) history.Request {
	r := done(history.Look, token)
	r.Looked, r.Saw = true, history.Content{User: "ada", Count: count}
	copy(r.Saw.Values[:], values)
	return r
}

func gone(token history.Token) history.Request {
	return answered(done(history.Look, token), history.Gone)
}

// everybody's sessions are revoked by process 0, of which process 1 hears late.
var everybody = history.Request{
	Kind: history.RevokeAll, Verdict: history.Done, Heard: [history.Processes]time.Duration{1: 1500},
}

// elsewhere makes a request one to process 1.
func elsewhere(r history.Request) history.Request {
	r.Process = 1
	return r
}

func TestWhatASessionDoesIsNoViolation(t *testing.T) {
	for name, s := range map[string]story{
		"values":                         {set(1, 0, 7), looked(1, 0, 7), done(history.Delete, 1), looked(1, 0)},
		"counts of two at once":          {during(done(history.Count, 1)), done(history.Count, 1), looked(1, 2)},
		"a slow change, not yet seen":    {during(set(1, 0, 7)), looked(1, 0), looked(1, 0, 7)},
		"an answer that was lost":        {answered(set(1, 0, 7), history.Unknown), looked(1, 0, 7)},
		"a request that was lost":        {answered(set(1, 0, 7), history.Unknown), looked(1, 0), set(1, 0, 8), looked(1, 0, 8)},
		"a request that comes late":      {answered(set(1, 0, 7), history.Unknown), looked(1, 0), looked(1, 0, 7)},
		"a renewal":                      {set(1, 1, 7), with(done(history.Renew, 1), 2), looked(2, 0, 0, 7), gone(1)},
		"a renewal whose answer is lost": {answered(done(history.Renew, 1), history.Unknown), gone(1), answered(set(1, 0, 7), history.Ended)},
		"a logout":                       {done(history.Logout, 1), gone(1), done(history.Logout, 1), answered(set(1, 0, 1), history.Ended)},
		"a logout beside a change":       {during(set(1, 0, 7)), done(history.Logout, 1), gone(1)},
		"a revocation":                   {with(done(history.Renew, 1), 2), done(history.Revoke, 0), gone(1), gone(2)},
		"a revocation of another":        {{Kind: history.Revoke, User: "bob", Verdict: history.Done}, set(1, 0, 7)},
		"revocations at the same time":   {during(done(history.Revoke, 0)), during(done(history.Revoke, 0)), looked(1, 0), gone(1)},
		"everybody's revocation":         {set(1, 0, 7), everybody, gone(1), after(elsewhere(gone(1)))},
		"one that is not yet known":      {everybody, elsewhere(set(1, 0, 7)), gone(1), elsewhere(looked(1, 0, 7)), after(elsewhere(gone(1)))},
		"one that is known in a moment":  {everybody, elsewhere(answered(set(1, 0, 7), history.Ended)), elsewhere(gone(1))},
		"one whose answer is lost":       {answered(everybody, history.Unknown), looked(1, 0), elsewhere(gone(1)), after(looked(1, 0))},
		"a change under way meanwhile":   {during(done(history.Count, 1)), everybody, elsewhere(looked(1, 0)), elsewhere(looked(1, 1)), gone(1)},
		"a login meanwhile that ends":    {everybody, elsewhere(with(done(history.Login, 1), 2)), gone(2), elsewhere(looked(2, 0)), after(elsewhere(gone(2)))},
		"a login meanwhile that stays":   {during(with(done(history.Login, 1), 2)), everybody, after(looked(2, 0))},
		"a login after the end":          {done(history.Logout, 1), with(done(history.Login, 1), 2), gone(1), gone(2)},
	} {
		t.Run(name, func(t *testing.T) {
			if n := s.violations(t); n > 0 {
				t.Errorf("%d violations", n)
			}
		})
	}
}

func TestBrokenPromisesAreViolations(t *testing.T) {
	for name, s := range map[string]story{
		"a lost update":                  {done(history.Count, 1), done(history.Count, 1), looked(1, 1)},
		"a lost update of two at once":   {during(done(history.Count, 1)), done(history.Count, 1), after(looked(1, 1))},
		"an update done twice":           {done(history.Count, 1), looked(1, 2)},
		"a read that goes back":          {set(1, 0, 7), set(1, 0, 8), looked(1, 0, 8), looked(1, 0, 7)},
		"a lost delete":                  {set(1, 0, 7), done(history.Delete, 1), looked(1, 0, 7)},
		"a change that tears":            {set(1, 0, 7), set(1, 1, 7), looked(1, 0, 0, 7)},
		"a session lost":                 {set(1, 0, 7), gone(1)},
		"a revival":                      {done(history.Logout, 1), looked(1, 0)},
		"a change after the end":         {done(history.Logout, 1), set(1, 0, 7)},
		"an old token that still counts": {with(done(history.Renew, 1), 2), looked(1, 0)},
		"values lost at a renewal":       {set(1, 0, 7), with(done(history.Renew, 1), 2), looked(2, 0)},
		"a renewal that leaves a copy":   {with(done(history.Renew, 1), 2), set(1, 0, 7)},
		"a revocation that misses one":   {with(done(history.Renew, 1), 2), done(history.Revoke, 0), looked(2, 0)},
		"a revocation twice":             {done(history.Revoke, 0), done(history.Revoke, 0), looked(1, 0)},
		"one of everybody that misses":   {everybody, looked(1, 0)},
		"one that is forgotten":          {everybody, elsewhere(gone(1)), elsewhere(looked(1, 0))},
		"one that never gets around":     {everybody, elsewhere(looked(1, 0)), after(elsewhere(looked(1, 0)))},
		"a change after everybody's end": {everybody, set(1, 0, 7)},
		"a login after everybody's end":  {everybody, gone(1), with(done(history.Login, 1), 2), looked(2, 0)},
		"a session that comes to life":   {everybody, elsewhere(with(done(history.Renew, 1), 2)), after(elsewhere(looked(2, 0)))},
		"another's user":                 {{Kind: history.Look, Token: 1, Verdict: history.Done, Looked: true, Saw: history.Content{User: "bob"}}},
		"a login that ends a session":    {answered(done(history.Login, 1), history.Ended), gone(1)},
		"ended, and yet there":           {answered(set(1, 0, 7), history.Ended), looked(1, 0)},
		"lost where nothing is unknown":  {answered(set(1, 0, 7), history.Unknown), looked(1, 0, 9)},
	} {
		t.Run(name, func(t *testing.T) {
			if s.violations(t) == 0 {
				t.Error("it is not found")
			}
		})
	}
}

// What Clear begins is nobody's until somebody logs in: a revocation before that does not end it, and one after that does.
func TestARevocationEndsWhatTheUserHasLoggedInTo(t *testing.T) {
	for _, c := range []struct {
		last history.Request
		want int
	}{
		{gone(2), 0},
		{looked(2, 0), 1},
	} {
		h := &history.History{}
		for i, r := range []history.Request{
			{Kind: history.Begin, Verdict: history.Done, New: 1},
			done(history.Revoke, 0), set(1, 0, 7), done(history.Revoke, 0), done(history.Revoke, 0), with(done(history.Login, 1), 2),
			done(history.Revoke, 0), done(history.Revoke, 0), c.last,
		} {
			r.Start, r.End = time.Duration(10*i), time.Duration(10*i+5)
			h.Add(r)
		}
		if violations, _ := h.Check(); len(violations) != c.want {
			t.Errorf("%s is %s: %d violations, want %d", c.last.Kind, c.last.Verdict, len(violations), c.want)
		}
	}
}

func TestCountsSayWhatThereWas(t *testing.T) {
	h := &history.History{}
	for _, r := range []history.Request{began, gone(1), answered(looked(1, 0), history.Unknown), answered(set(1, 0, 1), history.Ended)} {
		h.Add(r)
	}
	want := history.Counts{Sessions: 1, Requests: 4, Verdicts: [4]int{1, 1, 1, 1}}
	if got := h.Counts(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
