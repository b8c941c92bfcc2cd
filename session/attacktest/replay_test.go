package attacktest_test

import (
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// The attacker has copied the cookie, and waits until the victim has logged out: then, and for ever, it is nobody's. A
// restart changes nothing, nor does another process on the same store.
func TestCookieOfWhoLoggedOutIsDead(t *testing.T) {
	for _, logout := range []string{"/logout", "/signout"} {
		onEachStore(t, func(t *testing.T, store session.Store) {
			s, other := newSite(t, store), newSite(t, store)
			for _, login := range []string{"/login?user=ann", "/signin?user=ann"} {
				victim := s.client(t, "")
				victim.send("POST", login)
				copied := victim.token
				s.wantSeen(t, "the attacker, before the logout,", copied, "ann/")
				victim.send("POST", logout)
				for range 20 {
					s.wantSeen(t, "the attacker", copied, nobody)
					other.wantSeen(t, "the attacker, at another process,", copied, nobody)
				}
				s.client(t, copied).send("POST", "/cart?item=bait")
				newSite(t, store).wantSeen(t, "the attacker, after a restart,", copied, nobody)
				s.wantSeen(t, "the victim", victim.token, nobody)
			}
		})
	}
}

func TestCookieOfWhoLoggedOutIsDeadAfterARestart(t *testing.T) {
	directory := t.TempDir() + "/sessions"
	s := newSite(t, newFiles(t, directory))
	victim := s.client(t, "")
	victim.send("POST", "/signin?user=ann")
	copied := victim.token
	newSite(t, newFiles(t, directory)).wantSeen(t, "the attacker, at a second process,", copied, "ann/")
	victim.send("POST", "/signout")
	newSite(t, newFiles(t, directory)).wantSeen(t, "the attacker, after a restart,", copied, nobody)
}

// A token of one application is none of another's, though they share the secret and the store.
func TestTokenOfAnotherApplicationIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		s := newSite(t, store)
		admin := newSite(t, store, func(o *session.Options) { o.CookieName = "admin" })
		user := s.client(t, "")
		user.send("POST", "/signin?user=ann")
		if got := admin.client(t, "").send("GET", "/me", "Cookie", "admin="+user.token).body; got != nobody {
			t.Errorf("the other application sees %q", got)
		}
	})
}

// Who comes with a token whose session was ended, when nothing of the visitor's can be on its way any more, is worth a line.
func TestUseOfADeadCookieIsTold(t *testing.T) {
	s := newSite(t, newFiles(t, t.TempDir()+"/sessions"), func(o *session.Options) { o.Grace = -1 })
	victim := s.client(t, "")
	victim.send("POST", "/signin?user=ann")
	copied := victim.token
	victim.send("POST", "/signout")
	s.wantSeen(t, "the attacker", copied, nobody)
	if log := s.log.String(); !strings.Contains(log, "event=session_expired") || !strings.Contains(log, "reason=ended") {
		t.Errorf("the log is\n%s", log)
	}
}
