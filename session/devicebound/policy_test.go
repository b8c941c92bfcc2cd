package devicebound_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
)

const unbound = "user=ann id=- n=0 bound=false"

func TestBrowserThatCannotBindStaysLoggedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, newManager(t, devicebound.Options{}))
		b.send("POST", "/login")
		pass(10 * time.Hour)
		wantPage(t, b.visit("/"), unbound)
	})
}

func TestRequireEndsLoginsThatDoNotRegister(t *testing.T) {
	for path, logged := range map[string]string{"/login": unbound, "/guide": "user= id=1 n=0 bound=false"} {
		synctest.Test(t, func(t *testing.T) {
			m := newManager(t, devicebound.Options{Policy: devicebound.Require})
			b := newBrowser(t, m)
			b.visit("/count") // a visitor who has not logged in needs no device
			b.send("POST", path)
			logged := strings.Replace(logged, "n=0", "n=1", 1)
			pass(59 * time.Second)
			wantPage(t, b.visit("/"), logged)
			pass(time.Second)
			rec := b.send("GET", "/")
			wantPage(t, rec.Body.String(), nobody)
			wantNoCookie(t, rec)

			b.register() // a slow TPM's
			wantPage(t, b.visit("/"), strings.Replace(logged, "false", "true", 1))
			pass(time.Hour)
			wantPage(t, b.visit("/"), strings.Replace(logged, "false", "true", 1))
		})
	}
}

// A login from before the option was set has no device, and never will.
func TestRequireEndsLoginsFromBefore(t *testing.T) {
	store := newStore(t)
	with := func(o devicebound.Options) *session.Manager {
		return newManager(t, o, func(s *session.Options) { s.Store = store })
	}
	b := newBrowser(t, with(devicebound.Options{Policy: devicebound.Off}))
	if rec := b.send("POST", "/login"); rec.Header().Get("Secure-Session-Registration") != "" || len(rec.Header()["Set-Cookie"]) != 1 {
		t.Error("the browser is asked to register though the policy is Off")
	}
	b.app = newApp(with(devicebound.Options{}))
	wantPage(t, b.visit("/"), unbound)
	b.app = newApp(with(devicebound.Options{Policy: devicebound.Require}))
	wantPage(t, b.visit("/"), nobody)
}

func TestOffAsksForNoProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		b := newBrowser(t, newManager(t, devicebound.Options{}, func(o *session.Options) { o.Store = store })).login()
		b.app = newApp(newManager(t, devicebound.Options{Policy: devicebound.Off}, func(o *session.Options) { o.Store = store }))
		pass(time.Hour)
		wantPage(t, b.send("GET", "/").Body.String(), unbound)
		wantPage(t, b.send("GET", refreshAt).Body.String(), unbound) // an application's own path
	})
}

// While nobody proves anything, the gate lets nobody through, and no one is logged out.
func TestGatesAnswer401WithoutAProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, devicebound.Options{Policy: devicebound.Require})
		b := newBrowser(t, m).login()
		b.app = m.Middleware(session.RequireUser(nil)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "in")
		})))
		pass(time.Hour)
		rec := b.send("GET", "/")
		wantStatus(t, rec, http.StatusUnauthorized)
		wantNoCookie(t, rec)
		wantPage(t, b.visit("/"), "in")
	})
}

func TestFormerSecretsCookiesAreTaken(t *testing.T) {
	const newSecret = "41c8d07be95a2f3610c7e8b45d92fa03b86e17dc5924a0f3"
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		with := func(secrets ...string) *session.Manager {
			return newManager(t, devicebound.Options{}, func(o *session.Options) {
				o.Store, o.SecretKey, o.OldSecretKeys, o.RenewOn = store, secrets[0], secrets[1:], []string{}
			})
		}
		b := newBrowser(t, with(secret)).login()
		pass(2 * time.Minute)
		b.app = newApp(with(newSecret, secret))
		old := b.jar[boundName]
		wantPage(t, b.send("GET", "/").Body.String(), ann) // which signs the session's own cookie anew
		b.app = newApp(with(newSecret))
		wantPage(t, b.send("GET", "/").Body.String(), nobody)
		b.app = newApp(with(newSecret, secret))
		b.refresh()
		if b.jar[boundName].value == old.value {
			t.Fatal("the refresh sets no cookie")
		}
		b.app = newApp(with(newSecret))
		wantPage(t, b.send("GET", "/").Body.String(), ann)
	})
}

// Every letter of the bound cookie counts, and there is one text for it.
func TestChangedBoundCookieProvesNothing(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{Grace: -1})).login()
	good := b.jar[boundName]
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range good.value {
		for bit := range 6 {
			changed := []byte(good.value)
			changed[i] = alphabet[strings.IndexByte(alphabet, good.value[i])^1<<bit]
			b.jar[boundName] = cookie{string(changed), good.until}
			if page := b.send("GET", "/").Body.String(); page != nobody {
				t.Fatalf("with letter %d changed the page says %q", i, page)
			}
		}
	}
	for _, value := range []string{"", "A", good.value + "A", good.value + "=", good.value[:31], good.value + good.value} {
		b.jar[boundName] = cookie{value, good.until}
		wantPage(t, b.send("GET", "/").Body.String(), nobody)
	}
	delete(b.jar, boundName)
	wantPage(t, b.send("GET", "/", "Cookie", "session="+b.jar["session"].value+"; "+boundName+"="+good.value).Body.String(), ann)
}

// A cookie that somebody plants beside the good one does not log the user out.
func TestPlantedCookieBesideTheGoodOne(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{Grace: -1})).login()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Cookie", boundName+"="+strings.Repeat("A", 32)+"; session="+b.jar["session"].value+"; "+boundName+"="+b.jar[boundName].value)
	rec := httptest.NewRecorder()
	b.app.ServeHTTP(rec, r)
	wantPage(t, rec.Body.String(), ann)
}

// Browsers send the registration and a refresh without the session's cookie where another site is behind them.
func TestEndpointsTakeTheLocatorInPlaceOfTheCookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, devicebound.Options{})
		b := newBrowser(t, m)
		b.send("POST", "/login")
		if c := b.jar["__Secure-session-device"]; c.value == "" {
			t.Fatal("there is no locator")
		}
		without := func(do func()) {
			kept := b.jar["session"]
			delete(b.jar, "session")
			do()
			if _, set := b.jar["session"]; set {
				t.Error("an endpoint sets the session's cookie")
			}
			b.jar["session"] = kept
		}
		without(func() { wantStatus(t, b.register(), http.StatusOK) })
		wantPage(t, b.visit("/"), ann)
		for _, path := range []string{"/", "/renew", "/"} {
			pass(15 * time.Minute)
			without(func() { wantStatus(t, b.prove(b.challenge), http.StatusOK) })
			if !b.proves() {
				t.Error("the refresh sets no bound cookie")
			}
			wantPage(t, b.visit(path), ann)
		}

		alone := newBrowser(t, m)
		alone.jar["session"], alone.jar[boundName] = b.jar["__Secure-session-device"], b.jar[boundName]
		wantPage(t, alone.visit("/"), nobody) // it is not the session's cookie
	})
}

// After a logout the browser has neither cookie, and a locator that it kept all the same leads nowhere.
func TestLocatorDoesNotOutliveALogout(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	locator, id := b.jar["__Secure-session-device"], b.id
	b.visit("/logout")
	if b.jar["__Secure-session-device"].value != "" {
		t.Error("the logout leaves the locator")
	}
	b.jar["__Secure-session-device"] = locator
	rec := b.refresh()
	wantTerminated(t, rec.Body.String(), id)
	wantNoCookie(t, rec)
}

// A client that has its token in a header is no browser: its login is bound to nothing.
func TestClientWithAHeaderIsNotBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, devicebound.Options{}, func(o *session.Options) { o.TokenHeader = "X-Session-Token" })
		b := newBrowser(t, m)
		rec := b.send("POST", "/login", "X-Session-Token", "")
		token := rec.Header().Get("X-Session-Token")
		if rec.Header().Get("Secure-Session-Registration") != "" || len(rec.Header()["Set-Cookie"]) != 0 || token == "" {
			t.Error("it is asked to register, or gets a cookie, or no token")
		}
		pass(time.Hour)
		wantPage(t, b.send("GET", "/", "X-Session-Token", token).Body.String(), unbound)

		b.login()
		stolen := b.jar["session"].value
		pass(time.Hour)
		wantPage(t, b.thief().send("GET", "/", "X-Session-Token", stolen).Body.String(), nobody) // and a header is no way around it
	})
}
