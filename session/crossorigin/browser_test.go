package crossorigin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
	"github.com/proapi-go/proapi/session/crossorigin"
)

// page has a browser send what is protected to the server that its address names, and then tell its own that it has.
const page = `<body><script>
const to = location.hash.slice(1)
const post = () => fetch("http://" + to + "/post", {method: "POST", mode: "no-cors", body: "x"}).catch(() => {})
const socket = new WebSocket("ws://" + to + "/socket")
socket.onopen = socket.onerror = () => post().then(() => fetch("/done"))
</script></body>`

// TestBrowserOfAnotherSite has a real browser visit the application, and another site that attacks it: to a browser,
// localhost is another site than 127.0.0.1.
func TestBrowserOfAnotherSite(t *testing.T) {
	var handled sync.Map
	done := make(chan struct{}, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, page) })
	mux.HandleFunc("GET /done", func(http.ResponseWriter, *http.Request) { done <- struct{}{} })
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { handled.Store(r.URL.Path, true) })
	p := newProtection(t, crossorigin.Options{Logger: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(p.Handler(mux))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(host, ":")

	browser := testbrowser.Start(t, testbrowser.Options{})
	for from, want := range map[string]bool{host: true, "localhost:" + port: false} {
		handled.Clear()
		testbrowser.Do(t, browser, chromedp.Navigate("http://"+from+"/page#"+host))
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatal("the page is not done")
		}
		for _, path := range []string{"/post", "/socket"} {
			if _, got := handled.Load(path); got != want {
				t.Errorf("%s from %s: handled %v, want %v", path, from, got, want)
			}
		}
	}
}
