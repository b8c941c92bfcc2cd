package attacktest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// The attacker chooses an ID and makes the victim's browser send it. He never gets a session under it.
func TestChosenIDIsNeverAdopted(t *testing.T) {
	s := newSite(t, newMemory(t, memstore.Options{}))
	other := newSite(t, newMemory(t, memstore.Options{}), func(o *session.Options) { o.SecretKey = "c90d41e7b6835fa2d17c0e94b83a6f52" })
	foreign := other.client(t, "")
	foreign.send("GET", "/")
	for name, chosen := range map[string]string{
		"a word": "attacker", "a number": "1", "a UUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "72 letters": strings.Repeat("A", 72),
		"another installation's token": foreign.token,
	} {
		victim := s.client(t, chosen)
		if a := victim.send("POST", "/cart?item=tea"); len(a.set) != 1 || victim.token == chosen {
			t.Errorf("%s: the victim was given no other token", name)
		}
		s.wantSeen(t, "the attacker, with "+name+",", chosen, nobody)
		s.wantSeen(t, "the victim", victim.token, "/tea")
	}
}

// The attacker visits first, and plants the genuine token that he gets: before anything is stored for it, or after. Whoever
// logs in with it, however often, leaves it behind.
func TestPlantedTokenIsWorthNothingAfterALogin(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		s := newSite(t, store)
		for _, login := range []string{"/login?user=ann", "/signin?user=ann"} {
			for name, prepare := range map[string]func(c *client){
				"of a first visit":      func(c *client) { c.send("GET", "/") },
				"of a session":          func(c *client) { c.send("POST", "/cart?item=tea") },
				"of the attacker's own": func(c *client) { c.send("POST", strings.Replace(login, "ann", "eve", 1)) },
			} {
				attacker := s.client(t, "")
				prepare(attacker)
				before := s.sees(t, attacker.token)
				victim := s.client(t, attacker.token)
				for round := range 2 { // and again, as a password is asked for once more
					planted := victim.token
					if a := victim.send("POST", login); round == 0 && len(a.set) != 1 || a.StatusCode != http.StatusOK {
						t.Fatalf("%s, %s: status %d, %d cookies", login, name, a.StatusCode, len(a.set))
					}
					if got := s.sees(t, victim.token); !strings.HasPrefix(got, "ann/") {
						t.Errorf("%s, %s: the victim sees %q", login, name, got)
					}
					if victim.token != planted {
						s.wantSeen(t, "the attacker, with a token "+name+",", planted, nobody)
					}
				}
				if got := s.sees(t, attacker.token); strings.Contains(got, "ann") || got == before && before != nobody {
					t.Errorf("%s: the attacker sees %q with a token %s", login, got, name)
				}
				if attacker.send("POST", "/cart?item=bait"); strings.Contains(s.sees(t, victim.token), "bait") {
					t.Errorf("%s: the attacker writes into the victim's session", login)
				}
			}
		}
	})
}

// A right that is gained later is a login as well.
func TestTokenThatWasSeenBeforeAPromotionIsDead(t *testing.T) {
	s := newSite(t, newMemory(t, memstore.Options{}))
	victim := s.client(t, "")
	victim.send("POST", "/login?user=ann")
	seen := victim.token
	done := make(chan answer)
	go func() { done <- victim.send("POST", "/slow/role") }()
	close(<-s.slow)
	<-done
	s.wantSeen(t, "the attacker", seen, nobody)
	s.wantSeen(t, "the victim", victim.token, "ann/")
}
