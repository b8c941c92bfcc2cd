package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
)

// signIn is a page that signs in, and then goes where a visitor would be.
const signIn = `<!doctype html><script>
fetch("/login", {method: "POST", body: new URLSearchParams({name: "ann"})}).then(() => { location = "/" })
</script>`

// report is added to the page's own script: it tells what the page shows.
const report = `
new MutationObserver(() => fetch("/report?" + stream.dataset.state)).observe(stream, {attributes: true})`

// In a real browser, the page shows that its stream is live, and that it has ended once its session was revoked.
func TestPageShowsTheEndOfItsSession(t *testing.T) {
	app := newTestApp(t)
	states := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sign-in":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, signIn)
		case "/report":
			states <- r.URL.RawQuery
		case "/live.js":
			script, _ := files.ReadFile("templates/live.js")
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(append(script, report...))
		default:
			app.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.CloseClientConnections)
	browser := testbrowser.Start(t, testbrowser.Options{})
	testbrowser.Do(t, browser, chromedp.Navigate(server.URL+"/sign-in"))
	await := func(want string) {
		t.Helper()
		for timeout := time.After(patience); ; {
			select {
			case got := <-states:
				if got == want {
					return
				}
			case <-browser.Done():
				t.Fatalf("the browser ended, and the page has not shown that it is %s", want)
			case <-timeout:
				t.Fatalf("the page never showed that it is %s", want)
			}
		}
	}
	await("live")
	if n, err := app.Sessions().RevokeUser(t.Context(), "ann"); n != 1 || err != nil {
		t.Fatalf("%d sessions were revoked, %v", n, err)
	}
	await("ended")
}
