package admin_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/testbrowser"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

// agents are some browsers' names of themselves.
var agents = []string{
	firefox,
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
}

// open serves the application and opens a browser, in which root has logged in. It returns the page's address.
func open(t *testing.T, a *app) (tab context.Context, address string) {
	t.Helper()
	server, trust := testbrowser.ServeTLS(t, a)
	tab = testbrowser.Start(t, testbrowser.Options{Flags: []string{trust, "user-agent=" + agents[1]}})
	testbrowser.NoComplaints(t, tab)
	const login = `fetch("/login", {method: "POST", body: new URLSearchParams({user: "root"})})`
	testbrowser.Do(t, tab, chromedp.Navigate(server.URL+"/user"), chromedp.Evaluate[chromedp.Void](login, chromedp.EvalAwaitPromise))
	return tab, server.URL + "/admin/"
}

// shows waits until an element of the page has a text.
func shows(t *testing.T, tab context.Context, id, text string) { //nolint:revive // t comes first, as everywhere
	t.Helper()
	testbrowser.Do(t, tab, chromedp.Poll[chromedp.Void](fmt.Sprintf("document.getElementById(%q).textContent.startsWith(%q)", id, text)))
}

func TestInABrowserFiguresMoveUntilTheSessionEnds(t *testing.T) {
	for name, v := range map[string]testbrowser.View{"desktop": testbrowser.Desktop, "phone": testbrowser.PhoneDark} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, session.Options{}, often)
			tab, address := open(t, a)
			testbrowser.Look(t, tab, v)
			testbrowser.Do(t, tab, chromedp.Navigate(address))
			shows(t, tab, "live", "Live")
			shows(t, tab, "tile-sessions", "1")
			line := func() string {
				return testbrowser.Run(t, tab, chromedp.Evaluate[string](`document.getElementById("line-now-0").getAttribute("d")`))
			}
			before := line()
			for i := range 3 {
				a.login(t, fmt.Sprint("user", i))
			}
			shows(t, tab, "tile-sessions", "4")
			shows(t, tab, "figure-now-0", "4")
			shows(t, tab, "words-now", "Sessions: 4 now")
			if after := line(); after == before {
				t.Errorf("the line is still %s", after)
			}

			testbrowser.Do(t, tab, chromedp.Click(chromedp.CSS("#live button")))
			shows(t, tab, "live", "Paused")
			a.login(t, "one more")
			testbrowser.Do(t, tab, chromedp.Click(chromedp.CSS("#live button")))
			shows(t, tab, "tile-sessions", "5")

			if _, err := a.sessions.RevokeUser(t.Context(), "root"); err != nil {
				t.Fatal(err)
			}
			shows(t, tab, "live", "Not live any more")
		})
	}
}

func TestInABrowserPageWorksWithTheKeyboardAlone(t *testing.T) {
	a := newApp(t, session.Options{}, func(o *admin.Options) { o.Interval = time.Minute })
	a.login(t, "ann")
	tab, address := open(t, a)
	focused := func() string {
		return testbrowser.Run(t, tab, chromedp.Evaluate[string]("document.activeElement.innerText + getComputedStyle(document.activeElement).outlineStyle"))
	}
	testbrowser.Do(t, tab, chromedp.Navigate(address+"sessions?q=ann"), chromedp.KeyEvent("\t"))
	if got := focused(); got != "Skip to the contentsolid" && got != "Skip to the contentauto" {
		t.Errorf("the first stop is %q", got)
	}
	testbrowser.Do(t, tab, chromedp.KeyEvent("\r"), chromedp.KeyEvent("\t"))
	if got := focused(); got != "End all of this user …solid" {
		t.Errorf("the stop after the link to the content is %q", got)
	}
	testbrowser.Do(t, tab, chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(".ask form")), chromedp.Focus(chromedp.CSS("button.danger")),
		chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(".notice")))
	if devices, err := a.sessions.Devices(t.Context(), "ann"); len(devices) > 0 || err != nil {
		t.Errorf("ann has %d sessions, %v", len(devices), err)
	}
}

func TestInABrowserPagesAreGoodOnEveryScreen(t *testing.T) {
	a := newApp(t, session.Options{}, func(o *admin.Options) { o.ShowValues = true })
	ctx, address := open(t, a)
	for i := range 64 {
		c := a.visitor(t)
		c.agent = agents[i%len(agents)]
		if i%5 != 4 {
			c.post("/login", "user="+[]string{"ada", "grace", "barbara@example.com", "margaret", "katherine.with-a-long-name@subdomain.example.com"}[i%7%5])
		}
		for n := range i % 4 {
			c.post("/set", fmt.Sprintf("key=item%d&value=%d", n, i*7919))
		}
	}
	a.page.Fill()
	for name, view := range testbrowser.Views() {
		testbrowser.Look(t, ctx, view)
		for page, path := range map[string]string{"overview": "", "sessions": "sessions", "user": "sessions?q=ada", "end": "end?what=everybody"} {
			testbrowser.Do(t, ctx, chromedp.Navigate(address+path))
			testbrowser.Screenshot(t, ctx, "admin-"+page+"-"+name)
		}
		testbrowser.Do(t, ctx, chromedp.Navigate(address+"sessions?q=grace"), chromedp.Click(chromedp.CSS(".actions a")), chromedp.WaitVisible(chromedp.ID("values")),
			chromedp.Click(chromedp.CSS(".columns .button")), chromedp.WaitVisible(chromedp.CSS("pre")))
		testbrowser.Screenshot(t, ctx, "admin-session-"+name)
	}
}
