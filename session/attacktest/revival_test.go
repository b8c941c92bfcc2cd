package attacktest_test

import (
	"net/http"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// The attacker, or only a slow script of the page, has a request under way when the victim logs out, and lets it write when
// that is done. It must not bring the session back, wherever the two requests are handled.
func TestSlowRequestRevivesNothing(t *testing.T) {
	ends := map[string]func(t *testing.T, here *site, victim *client){
		"logout":         func(_ *testing.T, _ *site, victim *client) { victim.send("POST", "/signout") },
		"guide's logout": func(_ *testing.T, _ *site, victim *client) { victim.send("POST", "/logout") },
		"new login":      func(_ *testing.T, _ *site, victim *client) { victim.send("POST", "/signin?user=ann") },
		"revocation": func(t *testing.T, here *site, _ *client) {
			if _, err := here.sessions.RevokeUser(t.Context(), "ann"); err != nil {
				t.Error(err)
			}
		},
		"revocation of all": func(t *testing.T, here *site, _ *client) {
			if err := here.sessions.RevokeAll(t.Context()); err != nil {
				t.Error(err)
			}
		},
	}
	onEachStore(t, func(t *testing.T, store session.Store) {
		here, there := newSite(t, store), newSite(t, store)
		for name, end := range ends {
			for _, what := range []string{"write", "role", "renew", "read"} {
				for _, at := range []*site{here, there} {
					if name == "revocation of all" && at == there {
						continue // see below
					}
					victim := here.client(t, "")
					victim.send("POST", "/signin?user=ann")
					copied := victim.token
					slow, done := at.client(t, copied), make(chan answer)
					go func() { done <- slow.send("POST", "/slow/"+what) }()
					goOn := <-at.slow
					end(t, here, victim)
					close(goOn)
					a := <-done
					if len(a.set) > 0 {
						t.Errorf("%s, %s: the slow request is given a cookie", name, what)
					}
					if lost := what == "write" || what == "role"; lost && a.StatusCode != http.StatusConflict {
						t.Errorf("%s, %s: status %d for a change that is lost, want 409", name, what, a.StatusCode)
					}
					here.wantSeen(t, name+", "+what+": who has the old cookie", copied, nobody)
					if name == "revocation of all" {
						continue // elsewhere it is known within a second
					}
					there.wantSeen(t, name+", "+what+": who has the old cookie, elsewhere,", copied, nobody)
				}
			}
		}
	})
}
