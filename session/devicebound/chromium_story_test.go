package devicebound_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
	"github.com/proapi-go/proapi/session/storetest"
)

// noGrace are options with which a bound session needs its cookie at once.
func noGrace() devicebound.Options { return devicebound.Options{Grace: -1} }

// TestChromiumBindsRefreshesAndForgets is the life of a session in a real browser.
func TestChromiumBindsRefreshesAndForgets(t *testing.T) {
	s := newSite(t, newManager(t, noGrace()))
	c := s.browse("")
	c.login()
	s.asked()

	if got := c.user("/first"); got != "ann true" {
		t.Fatalf("after the registration the page says %q", got)
	}
	s.wantAsked("GET /first 200 bound")

	c.lose() // the next request is held until the browser has proved itself, in one round trip
	if got := c.user("/held"); got != "ann true" {
		t.Errorf("after the refresh the page says %q", got)
	}
	s.wantAsked("POST /session/device/refresh 200\nGET /held 200 bound")

	testbrowser.Do(t, c.ctx, chromedp.Navigate(s.elsewhere("/linked")))
	c.lose()
	s.asked()
	c.click("a")
	if got := c.says(); got != "ann true" {
		t.Errorf("over a link from another site the page says %q", got)
	}
	s.wantAsked("POST /session/device/refresh 200\nGET /linked 200 bound")

	c.click("button") // logs out; the browser tries to refresh, and hears that the session is over
	c.event("end", func(e *network.EventDeviceBoundSessionEventOccurred) bool {
		return e.TerminationEventDetails != nil && e.TerminationEventDetails.DeletionReason == "ServerRequested" && e.Succeeded
	})
	s.wantAsked("POST /logout 303 bound\nPOST /session/device/refresh 200\nGET / 200")
	if got := c.user("/after"); got != " false" {
		t.Errorf("after the logout the page says %q", got)
	}
	s.wantAsked("GET /after 200") // it does not even try
}

func TestChromiumWithACopiedJarIsNobody(t *testing.T) {
	s := newSite(t, newManager(t, devicebound.Options{Grace: -1, Lifetime: 3 * time.Second}))
	c, thief := s.browse(""), s.browse("")
	c.login()
	c.copyTo(thief)
	s.asked() // a cookie that lasts so short a time is refreshed at each request, the login's redirect among them
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for got := "ann true"; got != " false"; got = thief.user("/thief") {
		if got != "ann true" {
			t.Fatalf("the thief sees %q", got)
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the thief is never nobody")
		}
	}
	if asked := s.asked(); strings.Contains(asked, "refresh") {
		t.Errorf("the thief's browser refreshes:\n%s", asked)
	}
	if got := c.user("/"); got != "ann true" {
		t.Errorf("the user sees %q", got)
	}
}

// After a login at another site, browsers send the registration without the session's cookie.
func TestChromiumBindsALoginAtAnotherSite(t *testing.T) {
	s := newSite(t, newManager(t, noGrace()))
	c := s.browse("")
	testbrowser.Do(t, c.ctx, chromedp.Navigate(s.elsewhere("/callback")))
	c.click("a")
	c.registers()
	if got := c.user("/"); got != "ann true" {
		t.Errorf("after the login the page says %q", got)
	}
}

func TestChromiumAndServerAreStartedAgain(t *testing.T) {
	const newSecret = "41c8d07be95a2f3610c7e8b45d92fa03b86e17dc5924a0f3"
	directory, profile := t.TempDir(), t.TempDir()
	start := func(secrets ...string) *session.Manager {
		return newManager(t, noGrace(), func(o *session.Options) {
			o.SecretKey, o.OldSecretKeys = secrets[0], secrets[1:]
			o.EncryptionKey = secret
			o.Backend, o.BackendOptions = "file", session.BackendOptions{"directory": directory}
		})
	}
	m := start(secret)
	s := newSite(t, m)
	c := s.browse(profile)
	c.login()
	if err := errors.Join(chromedp.Cancel(c.ctx), m.Close()); err != nil {
		t.Fatal(err)
	}

	s.run(start(newSecret, secret))
	c = s.browse(profile)
	if got := c.user("/"); got != "ann true" {
		t.Errorf("after both were started again, with another secret, the page says %q", got)
	}
	c.lose()
	s.asked()
	if got := c.user("/"); got != "ann true" {
		t.Errorf("after a refresh the page says %q", got)
	}
	if asked := s.asked(); !strings.HasSuffix(asked, "POST /session/device/refresh 200\nGET / 200 bound") {
		t.Errorf("the site was asked\n%s", asked)
	}
}

// While the store is down the browser keeps its key; and a browser that may not sign any more is nobody, and not let in.
func TestChromiumWithoutAProof(t *testing.T) {
	store := storetest.NewFaulty(newStore(t))
	s := newSite(t, newManager(t, noGrace(), func(o *session.Options) {
		o.Store = store
		o.OnError = func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, head) // whose icon asks for no further request
		}
	}))
	c := s.browse("")
	c.login()
	s.asked()

	store.Fail(storetest.AnyOp, errStore)
	c.lose()
	testbrowser.Do(t, c.ctx, chromedp.Navigate(s.url+"/down"))
	s.wantAsked("POST /session/device/refresh 503\nGET /down 503 server_error")
	store.Heal()
	if got := c.user("/up"); got != "ann true" {
		t.Errorf("once the store is up again the page says %q", got)
	}
	s.wantAsked("POST /session/device/refresh 200\nGET /up 200 bound")

	for range 8 { // Chromium signs six times in nine minutes
		c.lose()
		got, asked := c.user("/again"), s.asked()
		if strings.HasSuffix(asked, "GET /again 200 quota_exceeded") {
			if got != " false" {
				t.Errorf("without a proof the page says %q", got)
			}
			return
		}
		if got != "ann true" {
			t.Errorf("the page says %q; the site was asked\n%s", got, asked)
		}
	}
	t.Error("the browser signs as often as it likes")
}
