package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/internal/testbrowser"
	"github.com/proapi-go/proapi/session/devicebound"
	"github.com/proapi-go/proapi/session/sessiontest"
)

func start(t *testing.T) *proapi.App {
	t.Helper()
	app, err := newApp(devicebound.DefaultLifetime)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return app
}

// A browser that binds sessions is bound a moment after the login, and says so.
func TestBrowserIsBoundAfterTheLogin(t *testing.T) {
	app := start(t)
	server, trust := testbrowser.ServeTLS(t, app)
	ctx := testbrowser.Start(t, testbrowser.Options{Flags: []string{
		trust, "enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting",
	}})
	testbrowser.Do(t, ctx, chromedp.Navigate(server.URL), chromedp.Click(chromedp.CSS("button")), chromedp.WaitVisible(chromedp.CSS("#user")))
	says := func() string { return testbrowser.Run(t, ctx, chromedp.Evaluate[string](`document.body.innerText`)) }
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(20 * time.Second)
	for page := says(); !strings.Contains(page, "bound to this device"); page = says() {
		select {
		case <-tick.C:
			testbrowser.Do(t, ctx, chromedp.Navigate(server.URL))
		case <-timeout:
			t.Fatalf("the page says\n%s", page)
		}
	}
	if page := says(); !strings.Contains(page, "(this one)") || !strings.Contains(page, "yes") {
		t.Errorf("the list of devices is not right:\n%s", page)
	}
}

// A browser that cannot bind sessions stays logged in.
func TestOtherBrowsersAreLoggedInAllTheSame(t *testing.T) {
	app := start(t)
	v := sessiontest.New(t, app.Sessions())
	send := func(method, target string) *httptest.ResponseRecorder {
		return v.Do(app, httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody))
	}
	rec := send("POST", "/login")
	if !strings.HasPrefix(rec.Header().Get("Secure-Session-Registration"), `(ES256);path="/session/device/register";`) {
		t.Errorf("the login is answered %v", rec.Header())
	}
	if body := send("GET", "/whoami").Body.String(); strings.TrimSpace(body) != `{"device_bound":false,"user":"ann"}` {
		t.Errorf("whoami says %s", body)
	}
	if body := send("GET", "/").Body.String(); !strings.Contains(body, "not bound to a device") {
		t.Errorf("the page is\n%s", body)
	}
	send("POST", "/logout")
	if body := send("GET", "/").Body.String(); !strings.Contains(body, "Nobody is logged in") {
		t.Errorf("after the logout the page is\n%s", body)
	}
}

func TestWhatItPrintsCanBeTried(t *testing.T) {
	var out bytes.Buffer
	explain(&out, "https://127.0.0.1:8443", "aGFzaA==", 10*time.Minute)
	for _, want := range []string{
		"--ignore-certificate-errors-spki-list=aGFzaA==", "    https://127.0.0.1:8443\n", "lasts 10m0s", "https://127.0.0.1:8443/whoami",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not print %q:\n%s", want, &out)
		}
	}
}

func TestCertificateIsThisMachines(t *testing.T) {
	cert, hash, err := newCertificate()
	if err != nil || len(hash) != 44 {
		t.Fatalf("the hash is %q, %v", hash, err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	for _, name := range []string{"127.0.0.1", "localhost"} {
		conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12}}).
			DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = conn.Close()
	}
}
