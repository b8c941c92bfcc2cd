package attacktest_test

import (
	"encoding/base64"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/storetest"
)

// Tokens are all different, and no bit of their IDs is more often set than not: at 256 bits, guessing 10^6 a second for ten
// years against 10^8 sessions finds one with a probability below 10^-54.
func TestTokensCannotBePredicted(t *testing.T) {
	const visits = 4000
	s := newSite(t, newMemory(t, memstore.Options{}))
	seen := map[string]bool{}
	var ones [256]int
	for range visits {
		c := s.client(t, "")
		c.send("GET", "/")
		raw, err := base64.RawURLEncoding.Strict().DecodeString(c.token)
		if err != nil || len(raw) != 54 {
			t.Fatalf("a token of %d bytes, %v", len(raw), err)
		}
		id := raw[6:38]
		if seen[string(id)] {
			t.Fatal("an ID came twice")
		}
		seen[string(id)] = true
		for bit := range ones {
			ones[bit] += int(id[bit/8] >> (bit % 8) & 1)
		}
	}
	for bit, n := range ones {
		if off := math.Abs(float64(n) - visits/2); off > 7*math.Sqrt(visits)/2 { // 7 standard deviations
			t.Errorf("bit %d is set in %d of %d IDs", bit, n, visits)
		}
	}
}

// A guess costs the attacker a request and the site no question to its store, and the answers to all wrong guesses are the
// same: nothing says how near one was, nor does how much work it was.
func TestWrongTokensTellNothing(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t, memstore.Options{}))
	s := newSite(t, store)
	victim := s.client(t, "")
	victim.send("POST", "/signin?user=ann")
	calls := func() int {
		return store.Calls(storetest.Load) + store.Calls(storetest.Save) + store.Calls(storetest.Delete)
	}
	before := calls()
	var want string
	guesses := wrong(victim.token)
	for _, guess := range guesses {
		a := s.client(t, guess).send("GET", "/me")
		if len(a.set) != 1 {
			t.Fatalf("%.80q got %d cookies", guess, len(a.set))
		}
		a.Header.Del("Date")
		a.Header.Set("Set-Cookie", strings.ReplaceAll(a.Header.Get("Set-Cookie"), a.set[0].Value, "*"))
		if got := told(a); want == "" {
			want = got
		} else if got != want {
			t.Errorf("%.80q is answered with\n%s\nand others with\n%s", guess, got, want)
		}
	}
	if n := calls() - before; n > 0 {
		t.Errorf("%d guesses asked the store %d times, want 0", len(guesses), n)
	}
	s.wantSeen(t, "the victim", victim.token, "ann/")
}

func told(a answer) string {
	var b strings.Builder
	b.WriteString(a.Status + "\n")
	_ = a.Header.Write(&b)
	return b.String() + a.body
}

// wrong returns what is nearly a token: each letter changed in its turn, cut, lengthened, spelt otherwise.
func wrong(token string) []string {
	var all []string
	for i := range token {
		for _, letter := range []string{"A", "z", "_", "="} {
			if guess := token[:i] + letter + token[i+1:]; guess != token {
				all = append(all, guess)
			}
		}
		all = append(all, token[:i+1]+token[i+1:]+token[i:i+1], strings.Repeat("A", i+1))
		if i > 0 {
			all = append(all, token[:i])
		}
	}
	return append(all, strings.ToUpper(token), strings.ToLower(token), "%41"+token[1:], `"`+token+`"`, token+"=", " ", "null",
		strings.Repeat("A", 4000), strings.NewReplacer("-", "+", "_", "/").Replace("--"+token[2:]))
}

// A token is in no other place than the cookie: not in the query, not in the body, not in a header, unless that is asked for.
func TestTokenCountsInTheCookieAlone(t *testing.T) {
	s := newSite(t, newMemory(t, memstore.Options{}))
	victim := s.client(t, "")
	victim.send("POST", "/signin?user=ann")
	for _, header := range []string{"X-Session", "X-Session-Token", "Session", "Session-Token", "X-Auth-Token"} {
		if got := s.client(t, "").send("GET", "/me", header, victim.token).body; got != nobody {
			t.Errorf("the header %s shows %q", header, got)
		}
	}
	if got := s.client(t, "").send("GET", "/me", "Authorization", "Bearer "+victim.token).body; got != nobody {
		t.Errorf("a bearer token shows %q", got)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/me?session="+victim.token, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if got := do(t, r).body; got != nobody {
		t.Errorf("the query shows %q", got)
	}
	if got := s.client(t, "").send("POST", "/me?session="+victim.token).body; got != nobody {
		t.Errorf("the body shows %q", got)
	}
}
