package main

import (
	"bufio"
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
)

// patience is for how long a test waits for what is to come at once.
const patience = 30 * time.Second

// TestMain is the example itself where a test has started this program for it.
func TestMain(m *testing.M) {
	if backend := os.Getenv("LIVE_BACKEND"); backend != "" {
		if err := run("127.0.0.1:0", backend); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(testpostgres.Main(m))
}

// A browser is a client with a cookie jar, which does not follow redirects.
type browser struct {
	http.Client

	t    *testing.T
	site string
}

func newBrowser(t *testing.T, site string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, site: site, Client: http.Client{Jar: jar, Timeout: 2 * patience}}
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// at returns the browser at another address of the site, with its cookies, as those know no ports.
func (b *browser) at(site string) *browser {
	other := *b
	other.site = site
	return &other
}

func (b *browser) open(method, path string, form url.Values) *http.Response {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.site+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return res
}

// read returns a page.
func (b *browser) read(path string) string {
	b.t.Helper()
	res := b.open("GET", path, nil)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// post sends a form, which is answered by a redirect to the page.
func (b *browser) post(path string, form url.Values) {
	b.t.Helper()
	res := b.open("POST", path, form)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		b.t.Errorf("POST %s is answered %s", path, res.Status)
	}
}

func (b *browser) signIn(name string) { b.post("/login", url.Values{"name": {name}}) }

// stream opens the stream, and returns its events once the first has come.
func (b *browser) stream() *eventStream {
	b.t.Helper()
	res := b.open("GET", "/events", nil)
	b.t.Cleanup(func() { _ = res.Body.Close() })
	e := &eventStream{t: b.t, lines: bufio.NewScanner(res.Body)}
	if got := e.next(); got != "beat" {
		b.t.Fatalf("the stream begins with %q, %s", got, res.Status)
	}
	return e
}

type eventStream struct {
	t     *testing.T
	lines *bufio.Scanner
}

// next returns the name of the next event, "" at the end.
func (e *eventStream) next() string {
	for e.lines.Scan() {
		if name, ok := strings.CutPrefix(e.lines.Text(), "event: "); ok {
			return name
		}
	}
	return ""
}

// wantEnd waits for the end of the session to be told.
func (e *eventStream) wantEnd() {
	e.t.Helper()
	for {
		switch e.next() {
		case "beat":
		case "end":
			if more := e.next(); more != "" {
				e.t.Errorf("after its end the stream says %q", more)
			}
			return
		default:
			e.t.Fatal("the stream breaks off, and nobody is told why")
		}
	}
}

var ending = regexp.MustCompile(`<li( class="current")?>(?s:.*?)action="(/devices/[0-9a-f]+/end)"`)

// forms returns those that end the session itself, and the other sessions of its user.
func (b *browser) forms() (own string, others []string) {
	b.t.Helper()
	for _, m := range ending.FindAllStringSubmatch(b.read("/"), -1) {
		if m[1] != "" {
			own = m[2]
		} else {
			others = append(others, m[2])
		}
	}
	return own, others
}

// newSite starts the application in this process.
func newSite(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(newTestApp(t))
	t.Cleanup(server.Close)
	return server.URL
}

func newTestApp(t *testing.T) *proapi.App {
	t.Helper()
	store, err := session.OpenURL("memory:", nil)
	if err != nil {
		t.Fatal(err)
	}
	app, err := newApp(proapi.Options{Logger: slog.New(slog.DiscardHandler)}, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestStreamEndsWhenItsSessionIsEndedInAnotherTab(t *testing.T) {
	for name, end := range map[string]func(laptop, phone *browser){
		"by another device": func(laptop, _ *browser) {
			_, others := laptop.forms()
			laptop.post(others[0], nil)
		},
		"with all others":    func(laptop, _ *browser) { laptop.post("/devices/others/end", nil) },
		"by itself":          func(_, phone *browser) { own, _ := phone.forms(); phone.post(own, nil) },
		"by a logout":        func(_, phone *browser) { phone.post("/logout", nil) },
		"by another sign-in": func(_, phone *browser) { phone.signIn("eve") },
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t)
			laptop, phone := newBrowser(t, site), newBrowser(t, site)
			laptop.signIn("ann")
			phone.signIn("ann")
			stays, ends := laptop.stream(), phone.stream()
			end(laptop, phone)
			ends.wantEnd()
			if got := stays.next(); got != "beat" {
				t.Errorf("the other stream says %q", got)
			}
			if page := phone.read("/"); !strings.Contains(page, `action="/login"`) && name != "by another sign-in" {
				t.Error("who was ended is still in")
			}
			if page := laptop.read("/"); strings.Count(page, "Firefox on Linux</strong>") != 1 || !strings.Contains(page, "this one") {
				t.Errorf("the page of who stays does not show the one device:\n%s", page)
			}
		})
	}
}

func TestNobodyEndsAnothersDevice(t *testing.T) {
	site := newSite(t)
	ann, eve, stranger := newBrowser(t, site), newBrowser(t, site), newBrowser(t, site)
	ann.signIn("ann")
	eve.signIn("eve")
	own, _ := ann.forms()
	eve.post(own, nil)
	stranger.post(own, nil)
	stranger.post("/devices/others/end", nil)
	if !strings.Contains(eve.read("/"), "has ended already") {
		t.Error("who tries is not told that there is no such device")
	}
	if got := ann.read("/"); !strings.Contains(got, "this one") {
		t.Error("the device of another was ended")
	}
}

func TestStrangersGetNoStream(t *testing.T) {
	res := newBrowser(t, newSite(t)).open("GET", "/events", nil)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("a stranger is answered %s, want 204, after which browsers do not try again", res.Status)
	}
}

func TestNamesAreEscapedAndBounded(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.signIn("  ")
	if !strings.Contains(b.read("/"), "one letter or more") {
		t.Error("no name is a name")
	}
	b.signIn(`<script>alert(1)</script>`)
	if page := b.read("/"); strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;alert") {
		t.Errorf("a name is not escaped:\n%s", page)
	}
}

// Two processes, as two machines: they share a store and a secret, and nothing else.
func TestStreamEndsWhenItsSessionIsEndedAtAnotherProcess(t *testing.T) {
	for name, backend := range map[string]func(t *testing.T) string{
		"redis":    func(t *testing.T) string { return "redis://" + testredis.Start(t).Addr() + "/0" },
		"postgres": func(t *testing.T) string { return testpostgres.Database(t) },
		"file":     func(t *testing.T) string { return "file:" + t.TempDir() + "/sessions" },
	} {
		t.Run(name, func(t *testing.T) {
			url := backend(t)
			here, there := newProcess(t, url), newProcess(t, url)
			laptop, phone := newBrowser(t, here), newBrowser(t, there)
			laptop.signIn("ann")
			phone.signIn("ann")
			stays, ends := laptop.stream(), phone.stream()
			_, others := laptop.forms()
			if len(others) != 1 {
				t.Fatalf("the laptop sees %d others, want the phone", len(others))
			}
			laptop.post(others[0], nil)
			ends.wantEnd()
			again := laptop.at(there).stream() // the same session, at the other process
			if stays.next() != "beat" {
				t.Error("the stream of who stays has ended")
			}
			laptop.post("/logout", nil)
			stays.wantEnd()
			again.wantEnd()
		})
	}
}

var listening = regexp.MustCompile(`proapi: listening.* address=(\S+)`)

// newProcess starts the example as a process of its own, and returns its address. It is told to stop at the test's end, and
// does, though streams may be open.
func newProcess(t *testing.T, backend string) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), "LIVE_BACKEND="+backend, "PROAPI_SESSION_SECRET_KEY=6f1d0b9c35e8a7427d90c41be2f85a36")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // if it lives
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		_, _ = io.Copy(io.Discard, stderr)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the process ends with %v", err)
		}
	})
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, stderr) }() // or it would wait for a reader of its log
			return "http://" + m[1]
		}
	}
	t.Fatal("the process does not listen")
	return ""
}

func TestSharedStoreNeedsASecret(t *testing.T) {
	t.Setenv("PROAPI_SESSION_SECRET_KEY", "")
	if err := run("127.0.0.1:0", "redis://127.0.0.1:1/0"); err == nil || !strings.Contains(err.Error(), "PROAPI_SESSION_SECRET_KEY") {
		t.Errorf("%v", err)
	}
}
