package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
)

// signIn is a page that signs in, and then goes where a visitor would be. A browser that finds its network changed gives up what it
// has asked for, so it asks again.
const signIn = `<!doctype html><script>
function signIn() {
	fetch("/login", {method: "POST", body: new URLSearchParams({name: "ann"})}).then(() => { location = "/" }, () => setTimeout(signIn, 100))
}
signIn()
</script>`

// report is added to the page's own script: it tells what the page shows.
const report = `
function report(state) { fetch("/report?" + state).catch(() => setTimeout(report, 100, state)) }
new MutationObserver(() => report(stream.dataset.state)).observe(stream, {attributes: true})`

// requests are those that a browser sent, for a test that fails to tell.
type requests struct {
	mu  sync.Mutex
	all []string
}

func (l *requests) note(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, r.Method+" "+r.RequestURI)
}

func (l *requests) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// In a real browser, the page shows that its stream is live, and that it has ended once its session was revoked.
func TestPageShowsTheEndOfItsSession(t *testing.T) {
	app := newTestApp(t)
	states := make(chan string, 100)
	var asked requests
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.note(r)
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
				t.Fatalf("the page never showed that it is %s; the browser sent %q", want, asked.list())
			}
		}
	}
	await("live")
	if n, err := app.Sessions().RevokeUser(t.Context(), "ann"); n != 1 || err != nil {
		t.Fatalf("%d sessions were revoked, %v", n, err)
	}
	await("ended")
}
