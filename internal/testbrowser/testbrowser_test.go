package testbrowser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
)

// A browser trusts the server under both names, and one that is started again with its profile has its cookies.
func TestBrowserTrustsTheServerAndKeepsItsProfile(t *testing.T) {
	server, trust := testbrowser.ServeTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-seen", Value: "yes", Path: "/", Secure: true, HttpOnly: true, MaxAge: 600})
		_, _ = fmt.Fprintf(w, "<body><p>%s", r.Header.Get("Cookie"))
	}))
	options := testbrowser.Options{Flags: []string{trust}, Profile: t.TempDir()}
	read := func(want string) {
		t.Helper()
		ctx := testbrowser.Start(t, options)
		for _, url := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
			testbrowser.Do(t, ctx, chromedp.Navigate(url))
			if got := testbrowser.Run(t, ctx, chromedp.Evaluate[string]("document.body.innerText")); got != want {
				t.Errorf("%s says %q, want %q", url, got, want)
			}
		}
		if err := chromedp.Cancel(ctx); err != nil {
			t.Error(err)
		}
	}
	read("")
	read("__Host-seen=yes")
}
