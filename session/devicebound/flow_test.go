package devicebound_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
	"github.com/proapi-go/proapi/session/storetest"
)

const (
	ann    = "user=ann id=- n=0 bound=true"
	nobody = "user= id=- n=0 bound=false"
)

func TestRegistrationBindsTheSession(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{}))
	if rec := b.send("GET", "/"); rec.Header().Get("Secure-Session-Registration") != "" {
		t.Error("a visitor who has not logged in is asked to register")
	}
	b.send("POST", "/login")
	wantPage(t, b.visit("/"), "user=ann id=- n=0 bound=false") // the page does not wait for the registration
	rec := b.register()
	wantStatus(t, rec, http.StatusOK)
	var got, want any
	_ = json.Unmarshal(rec.Body.Bytes(), &got)
	_ = json.Unmarshal([]byte(`{"session_identifier":"`+b.id+`","refresh_url":"/session/device/refresh",
		"scope":{"include_site":false,"scope_specification":[]},
		"credentials":[{"type":"cookie","name":"__Host-session-bound","attributes":"Path=/; Secure; HttpOnly; SameSite=Lax"}],
		"allowed_refresh_initiators":["*"]}`), &want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the instructions are %s", rec.Body)
	}
	h := rec.Header()
	if set := h["Set-Cookie"]; len(set) != 1 || !strings.HasSuffix(set[0], "; Max-Age=590; Path=/; Secure; HttpOnly; SameSite=Lax") {
		t.Errorf("the bound cookie's attributes are not those of the instructions, or %d are set", len(set))
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Content-Type": "application/json", "X-Frame-Options": "DENY",
		"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
	} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	wantPage(t, b.visit("/"), ann)
}

// Where the bound cookie has ended, one round trip gets the next.
func TestRefreshTakesOneRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{})).login()
		for range 5 {
			pass(15 * time.Minute)
			if b.proves() {
				t.Fatal("the cookie outlives its time")
			}
			rec := b.prove(b.challenge)
			wantStatus(t, rec, http.StatusOK)
			if set := rec.Header()["Set-Cookie"]; len(set) != 1 || rec.Body.Len() != 0 {
				t.Errorf("the refresh sets %d cookies, and has a body of %d bytes", len(set), rec.Body.Len())
			}
			wantPage(t, b.visit("/"), ann)
		}
	})
}

// A browser that comes back after a night has a challenge that has ended, and signs another.
func TestOldChallengeIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{})).login()
		pass(12 * time.Hour)
		old := b.challenge
		wantStatus(t, b.prove(old), http.StatusForbidden)
		if b.challenge == old {
			t.Fatal("it is asked to sign the same challenge")
		}
		wantStatus(t, b.prove(b.challenge), http.StatusOK)
		wantPage(t, b.visit("/"), ann)
	})
}

func TestStolenCookieIsWorthNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, devicebound.Options{})
		b := newBrowser(t, m).login()
		b.visit("/count")
		pass(2 * time.Minute)

		both := b.thief() // has copied the bound cookie, too
		one := b.thief()
		delete(one.jar, boundName)
		wantPage(t, one.visit("/"), nobody)
		wantPage(t, both.send("GET", "/").Body.String(), "user=ann id=- n=1 bound=true") // as long as it lasts
		both.jar[boundName] = cookie{both.jar[boundName].value, time.Now().Add(time.Hour)}
		pass(8 * time.Minute)
		for _, thief := range []*browser{both, one} {
			for _, path := range []string{"/", "/count", "/renew"} {
				rec := thief.send("GET", path)
				if !strings.HasPrefix(rec.Body.String(), "user= ") {
					t.Errorf("%s says %s", path, rec.Body)
				}
				wantNoCookie(t, rec)
			}
			thief.id = b.id
			wantStatus(t, thief.prove(b.challenge), http.StatusUnauthorized) // he has no key
		}
		rec := one.send("GET", "/", "Secure-Session-Skipped", `quota_exceeded;session_identifier="`+b.id+`"`)
		wantPage(t, rec.Body.String(), nobody)
		wantPage(t, b.visit("/"), "user=ann id=- n=1 bound=true")
		if got := m.Stats(); got.Unproven < 9 || got.Bound != 1 {
			t.Errorf("%d requests without a proof are counted, and %d bound sessions", got.Unproven, got.Bound)
		}
	})
}

// Who has a stolen cookie and a password of his own gets a session of his own, and ends none.
func TestLoginOverAStolenCookieIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{})).login()
		thief := b.thief()
		pass(time.Hour)
		thief.id = ""
		thief.send("POST", "/login?user=eve")
		wantPage(t, thief.visit("/"), "user=eve id=- n=0 bound=false")
		wantPage(t, b.visit("/"), ann)
	})
}

// A user whose browser has lost its key logs in again, also where he may have one session alone: the lost one ends.
func TestLoginEndsTheUsersOwnLostSession(t *testing.T) {
	for _, refuse := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			m := newManager(t, devicebound.Options{}, func(o *session.Options) { o.RefuseLogin = refuse; o.MaxSessionsPerUser = 1 })
			b := newBrowser(t, m).login()
			pass(time.Hour)
			b.key, b.id = newKey(t), ""
			delete(b.jar, boundName)
			wantStatus(t, b.send("POST", "/login"), http.StatusOK)
			wantStatus(t, b.register(), http.StatusOK)
			wantPage(t, b.visit("/"), ann)
			if devices, err := m.Devices(t.Context(), "ann"); len(devices) != 1 || err != nil {
				t.Errorf("the user has %d sessions, %v", len(devices), err)
			}
		})
	}
}

// A refresh is a use of the session, as any request is.
func TestRefreshKeepsAnIdleSessionAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, devicebound.Options{}, func(o *session.Options) { o.IdleTimeout = 20 * time.Minute })
		b := newBrowser(t, m).login()
		for range 4 {
			pass(15 * time.Minute)
			wantStatus(t, b.refresh(), http.StatusOK)
			devices, err := m.Devices(t.Context(), "ann")
			if err != nil || len(devices) != 1 || !devices[0].SeenAt.Equal(time.Now()) || time.Until(devices[0].ExpiresAt) != 20*time.Minute {
				t.Fatalf("after a refresh the session was seen at %v, %v", devices, err)
			}
		}
		wantPage(t, b.visit("/"), ann)
	})
}

func TestEverySecondRegistrationIsRefused(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{}))
	b.send("POST", "/login")
	thief := b.thief()
	thief.asks = b.asks // malware that read the login's answer, and is slower
	wantStatus(t, b.register(), http.StatusOK)
	wantStatus(t, thief.register(), http.StatusConflict)
	wantStatus(t, b.register(), http.StatusConflict)
	wantPage(t, b.visit("/"), ann)
	wantStatus(t, b.refresh(), http.StatusOK) // with the first key
}

func TestOnlyTheLoginsChallengeRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, devicebound.Options{})
		b, other := newBrowser(t, m), newBrowser(t, m)
		b.send("POST", "/login")
		other.send("POST", "/login")
		mine := b.asks
		b.asks = other.asks
		wantStatus(t, b.register(), http.StatusForbidden)
		b.asks = mine
		pass(6 * time.Minute)
		wantStatus(t, b.register(), http.StatusForbidden) // too late
		wantPage(t, b.visit("/"), "user=ann id=- n=0 bound=false")
		b.send("POST", "/login")
		again := b.asks
		b.asks = mine
		wantStatus(t, b.register(), http.StatusForbidden) // of a former login
		b.asks = again
		wantStatus(t, b.register(), http.StatusOK)
	})
}

func TestChallengeIsSpentOnce(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	spent := b.challenge
	wantStatus(t, b.prove(spent), http.StatusOK)
	next := b.challenge
	for range 3 {
		rec := b.prove(spent)
		wantStatus(t, rec, http.StatusForbidden)
		wantNoCookie(t, rec)
		if b.challenge != next {
			t.Error("the refusal offers another challenge than the last")
		}
	}
	wantStatus(t, b.prove(next), http.StatusOK)
}

func TestRefreshNeedsTheSessionAndTheBindingsID(t *testing.T) {
	m := newManager(t, devicebound.Options{})
	b := newBrowser(t, m).login()
	other := newBrowser(t, m).login()
	id := b.id
	proof := func() string { return sign(t, b.key, map[string]any{"alg": "ES256", "typ": "dbsc+jwt"}, b.challenge) }

	wantStatus(t, b.send("POST", refreshAt, "Secure-Session-Response", proof()), http.StatusBadRequest)
	wantStatus(t, b.send("POST", refreshAt, "Sec-Secure-Session-Id", strings.Repeat("x", 65), "Secure-Session-Response", proof()), 400)
	for name, by := range map[string]*browser{"without the cookie": {t: t, app: b.app}, "with another session": other} {
		rec := by.send("POST", refreshAt, "Sec-Secure-Session-Id", id, "Secure-Session-Response", proof())
		wantTerminated(t, rec.Body.String(), id)
		if wantNoCookie(t, rec); rec.Code != http.StatusOK {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	wantTerminated(t, b.send("POST", refreshAt, "Sec-Secure-Session-Id", other.id, "Secure-Session-Response", proof()).Body.String(), other.id)
	wantStatus(t, b.send("POST", refreshAt, "Sec-Secure-Session-Id", `"`+id+`"`, "Secure-Session-Response", `"`+proof()+`"`), http.StatusOK)
}

func wantTerminated(t *testing.T, body, id string) {
	t.Helper()
	if want := `{"session_identifier":"` + id + `","continue":false}` + "\n"; body != want {
		t.Errorf("the answer is %q, want %q", body, want)
	}
}

// Who has the cookie alone asks for challenges as often as he likes: nothing is written, and the device's own stays good.
func TestAskingForChallengesCostsNothing(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	thief := b.thief()
	for range 20 {
		wantStatus(t, thief.send("POST", refreshAt, "Sec-Secure-Session-Id", b.id), http.StatusForbidden)
		if thief.challenge != b.challenge {
			t.Fatal("he is offered a challenge of his own")
		}
	}
	wantStatus(t, b.prove(b.challenge), http.StatusOK)
}

func TestLogoutEndsTheBinding(t *testing.T) {
	for _, path := range []string{"/logout", "/clear"} {
		b := newBrowser(t, newManager(t, devicebound.Options{})).login()
		before := b.thief()
		before.key = b.key
		id := b.id
		b.visit(path)
		if b.proves() {
			t.Errorf("%s leaves the bound cookie", path)
		}
		wantTerminated(t, b.refresh().Body.String(), id)
		wantPage(t, b.visit("/"), nobody)
		rec := before.refresh() // with the cookies as they were: a browser that brings them back
		wantStatus(t, rec, http.StatusServiceUnavailable)
		wantNoCookie(t, rec)
		wantPage(t, before.send("GET", "/").Body.String(), nobody)
	}
}

// A logout ends the session even where the browser could not prove itself: nobody else comes back to it either.
func TestLogoutWithoutProofEndsTheSession(t *testing.T) {
	for _, path := range []string{"/logout", "/clear"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBrowser(t, newManager(t, devicebound.Options{})).login()
			device := b.thief()
			device.key = b.key
			id := b.id
			pass(time.Hour)
			b.send("POST", path)
			pass(time.Minute)
			wantTerminated(t, device.refresh().Body.String(), id)
			wantPage(t, device.send("GET", "/").Body.String(), nobody)
		})
	}
}

func TestEndsOfASessionAreEndsOfItsBinding(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, m *session.Manager){
		"revoked": func(t *testing.T, m *session.Manager) {
			if n, err := m.RevokeUser(t.Context(), "ann"); n != 1 || err != nil {
				t.Error(n, err)
			}
		},
		"everybody's revoked": func(t *testing.T, m *session.Manager) {
			if err := m.RevokeAll(t.Context()); err != nil {
				t.Error(err)
			}
		},
		"expired": func(*testing.T, *session.Manager) { pass(25 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newManager(t, devicebound.Options{})
				b := newBrowser(t, m).login()
				id := b.id
				end(t, m)
				pass(time.Minute) // the grace for requests that come too late
				wantTerminated(t, b.refresh().Body.String(), id)
				wantPage(t, b.visit("/"), nobody)
			})
		})
	}
}

func TestRenewalKeepsTheBinding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{})).login()
		token := b.jar["session"].value
		wantPage(t, b.visit("/renew"), ann)
		if b.jar["session"].value == token {
			t.Fatal("the session was not renewed")
		}
		wantPage(t, b.visit("/"), ann)
		pass(time.Hour)
		wantPage(t, b.visit("/"), ann)
	})
}

// A refresh that the browser sent before it heard of a renewal must not make it forget its key.
func TestRefreshThatARenewalOvertookIsTriedAgain(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	late := b.thief()
	late.key = b.key
	b.visit("/renew")
	rec := late.prove(b.challenge)
	wantStatus(t, rec, http.StatusServiceUnavailable)
	wantNoCookie(t, rec)
	wantStatus(t, b.prove(b.challenge), http.StatusOK)
}

func TestNewLoginIsBoundAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{})).login()
		first, old := b.id, b.jar[boundName]
		b.send("POST", "/login")
		wantTerminated(t, b.refresh().Body.String(), first)
		b.key = newKey(t)
		wantStatus(t, b.register(), http.StatusOK)
		if b.id == first {
			t.Error("two logins have one binding")
		}
		pass(2 * time.Minute)
		wantPage(t, b.visit("/"), ann)
		b.jar[boundName] = old
		wantPage(t, b.send("GET", "/").Body.String(), nobody) // the former login's cookie is not this one's
	})
}

func TestLoginByWatchedKeysIsBoundToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{}))
		b.send("POST", "/guide")
		wantStatus(t, b.register(), http.StatusOK)
		pass(time.Hour)
		wantPage(t, b.thief().send("GET", "/").Body.String(), nobody)
		wantPage(t, b.visit("/"), "user= id=1 n=0 bound=true")
	})
}

// The page's requests that were on their way when the device registered have no bound cookie yet.
func TestRequestsDuringTheRegistrationAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{}))
		b.send("POST", "/login")
		early := b.thief()
		b.register()
		pass(50 * time.Second)
		wantPage(t, early.send("GET", "/").Body.String(), ann)
		pass(10 * time.Second)
		wantPage(t, early.send("GET", "/").Body.String(), nobody)
	})
}

func TestEndpointsTakePostAlone(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	for _, path := range []string{registerAt, refreshAt} {
		rec := b.send("GET", path)
		if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "POST" || strings.Contains(rec.Body.String(), "user=") {
			t.Errorf("GET %s is answered %d %s", path, rec.Code, rec.Body)
		}
	}
	wantStatus(t, (&browser{t: t, app: b.app, jar: map[string]cookie{}}).send("POST", registerAt), http.StatusUnauthorized)
}

func TestStoreThatIsDownLosesNoBinding(t *testing.T) {
	store := storetest.NewFaulty(newStore(t))
	b := newBrowser(t, newManager(t, devicebound.Options{}, func(o *session.Options) { o.Store = store })).login()
	for _, op := range []storetest.Op{storetest.Load, storetest.Save} {
		store.Fail(op, errStore)
		rec := b.prove(b.challenge)
		wantStatus(t, rec, http.StatusServiceUnavailable)
		wantNoCookie(t, rec)
		if rec.Header().Get("Retry-After") == "" {
			t.Error("the browser is not told to try again")
		}
		store.Heal()
		wantStatus(t, b.refresh(), http.StatusOK)
	}
	wantPage(t, b.visit("/"), ann)
}

func TestDevicesTellWhatIsBound(t *testing.T) {
	m := newManager(t, devicebound.Options{})
	newBrowser(t, m).login()
	newBrowser(t, m).send("POST", "/login")
	devices, err := m.Devices(t.Context(), "ann")
	if err != nil || len(devices) != 2 || devices[0].DeviceBound == devices[1].DeviceBound {
		t.Errorf("%d devices, %v", len(devices), err)
	}
}

func TestEventsTellOfTheftAndHoldNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []string
		m := newManager(t, devicebound.Options{}, func(o *session.Options) {
			o.OnEvent = recorder(&events)
		})
		b := newBrowser(t, m).login()
		thief := b.thief()
		thief.asks = b.asks
		pass(time.Hour)
		events = nil
		thief.send("GET", "/", "Secure-Session-Skipped", `server_error;session_identifier="x"`)
		thief.send("GET", "/")
		thief.register()
		thief.prove(b.challenge)
		b.refresh() // with a challenge that had ended, and another
		spent := b.challenge
		b.prove(spent)
		b.prove(spent)
		want := []string{
			"session_rejected ann device: no proof, server error", "session_rejected ann device: no proof",
			"session_rejected ann device: second registration", "session_rejected ann device: bad proof",
			"session_rejected ann device: proof of a spent challenge",
		}
		if !slices.Equal(events, want) {
			t.Errorf("the events are\n%s", strings.Join(events, "\n"))
		}
	})
}
