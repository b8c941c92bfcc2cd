package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/internal/testbrowser"
	"github.com/proapi-go/proapi/session"
)

// A window is a browser's, with cookies of its own; its application is served over https, as in production.
type window struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // it is the tab
	home string
}

// agent is what the browser says it is, since it would say that nobody sits before it.
const agent = "user-agent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// A watched application remembers what a browser has sent.
type watched struct {
	*application

	sent atomic.Value // the header Cookie of the last POST /logout
}

// startBrowser opens a browser that trusts our servers: all those of package httptest have the same certificate.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	_, trust := testbrowser.ServeTLS(t, http.NotFoundHandler())
	return testbrowser.Start(t, testbrowser.Options{Flags: []string{trust, agent}})
}

// openWindow serves an application of its own, and opens a window of the browser on it, which has no cookies yet.
func openWindow(t *testing.T, browser context.Context) (*window, *watched) { //nolint:revive // t comes first, as everywhere
	t.Helper()
	made, err := newApp(proapi.Options{Session: session.Options{
		SecretKey: secret, CookieName: "__Host-session", Secure: session.On,
	}}, settings{directory: t.TempDir() + "/sessions", users: newUsers(1), recent: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, made) })
	app := &watched{application: made}
	mux := http.NewServeMux()
	mux.Handle("/", app)
	mux.HandleFunc("GET /elsewhere", elsewhere)
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		app.sent.Store(r.Header.Get("Cookie"))
		app.ServeHTTP(w, r)
	})
	server, _ := testbrowser.ServeTLS(t, mux)
	w := window{t: t, ctx: browser, home: server.URL}
	return w.another(), app
}

// elsewhere is a page of another site, which names the application in its address.
func elsewhere(w http.ResponseWriter, r *http.Request) {
	to := r.FormValue("to")
	_, _ = fmt.Fprintf(w, "<!doctype html><body><a id=link href='%s/profile'>look</a><form method=post action='%s/logout'><button>win</button></form>", to, to)
}

// another opens a window that shares no cookies with this one, as another device's.
func (w *window) another() *window {
	w.t.Helper()
	ctx, cancel := chromedp.NewContext(w.ctx, chromedp.WithNewBrowserContext())
	w.t.Cleanup(cancel)
	testbrowser.Do(w.t, ctx)
	testbrowser.NoComplaints(w.t, ctx)
	return &window{t: w.t, ctx: ctx, home: w.home}
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	testbrowser.Do(w.t, w.ctx, steps...)
}

// open shows a page.
func (w *window) open(path string) {
	w.t.Helper()
	w.do(chromedp.Navigate(w.home + path))
}

// press clicks on what the selector names, and waits for the page to which that leads: for an element of it.
func (w *window) press(selector, leadsTo string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void]("document.body.classList.add('before')"), chromedp.Click(chromedp.CSS(selector)),
		chromedp.WaitVisible(chromedp.CSS("body:not(.before) "+leadsTo)))
}

// login fills in the form.
func (w *window) login(user, password, leadsTo string) {
	w.t.Helper()
	w.open("/login")
	w.do(chromedp.SendKeys(chromedp.ID("username"), user), chromedp.SendKeys(chromedp.ID("password"), password))
	w.press("main button", leadsTo)
}

// wantPath checks which page is shown.
func (w *window) wantPath(want string) {
	w.t.Helper()
	if got := testbrowser.Run(w.t, w.ctx, chromedp.Location()); strings.TrimPrefix(got, w.home) != want {
		w.t.Errorf("the page is %s, want %s", got, want)
	}
}

// wantText checks what the page says.
func (w *window) wantText(texts ...string) {
	w.t.Helper()
	got := testbrowser.Run(w.t, w.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	for _, text := range texts {
		if absent, ok := strings.CutPrefix(text, "-"); ok == strings.Contains(got, absent) {
			w.t.Errorf("%q:\n%s", text, got)
		}
	}
}

// each runs a test on a wide screen and on a phone's.
func each(t *testing.T, test func(t *testing.T, w *window, app *watched)) {
	t.Helper()
	browser := startBrowser(t)
	for name, v := range map[string]testbrowser.View{"desktop": testbrowser.Desktop, "phone": testbrowser.Phone} {
		t.Run(name, func(t *testing.T) {
			w, app := openWindow(t, browser)
			testbrowser.Look(t, w.ctx, v)
			test(t, w, app)
		})
	}
}

func TestInABrowserUserLogsInAndOut(t *testing.T) {
	each(t, func(t *testing.T, w *window, app *watched) {
		w.login("ann", "guess", ".flash")
		w.wantText("That username and password do not match.")
		w.open("/login")
		w.wantText("-do not match") // it is said once
		w.login("ann", "password", "dl")
		w.wantPath("/profile")
		w.wantText("ann", "Session ends", "-Admin")

		w.press(".buttons form button", "h1") // log out
		w.wantPath("/")
		if app.sent.Load() == "" {
			t.Error("the browser's own logout comes without its cookie")
		}
		w.do(chromedp.NavigateBack())
		w.wantPath("/login") // and not the profile from a cache
		w.wantText("-Session ends")
	})
}

func TestInABrowserOneDeviceEndsAnother(t *testing.T) {
	w, _ := openWindow(t, startBrowser(t))
	phone := w.another()
	testbrowser.Look(t, w.ctx, testbrowser.Desktop)
	testbrowser.Look(t, phone.ctx, testbrowser.Phone)
	w.login("ann", "password", "dl")
	phone.login("ann", "password", "dl")
	w.open("/account")
	w.wantText("this one", "Log out all others")
	w.press(".devices button", ".flash.good")
	w.wantText("The device is logged out.", "-Log out all others")
	phone.open("/profile")
	phone.wantPath("/login")

	phone.login("ann", "password", "dl")
	phone.open("/account")
	phone.do(chromedp.SendKeys(chromedp.ID("password"), "password"), chromedp.SendKeys(chromedp.ID("new"), "correct horse"))
	phone.press("#change ~ form button", ".flash.good")
	phone.wantText("Your password is changed. 1 other device is logged out.")
	w.open("/account")
	w.wantPath("/login")
	w.login("ann", "password", "form")
	w.wantPath("/login")
	w.login("ann", "correct horse", "dl")

	w.open("/account")
	w.press(".buttons .warn", "h1") // everywhere
	w.wantPath("/")
	for _, one := range []*window{w, phone} {
		one.open("/account")
		one.wantPath("/login")
	}
}

func TestInABrowserAdministratorEndsAUsersSession(t *testing.T) {
	w, _ := openWindow(t, startBrowser(t))
	ann := w.another()
	testbrowser.Look(t, w.ctx, testbrowser.Phone)
	testbrowser.Look(t, ann.ctx, testbrowser.Desktop)
	ann.login("ann", "password", "dl")
	w.login("admin", "password", "dl")
	w.press("nav a[href='/admin/']", ".tiles")
	w.do(chromedp.SendKeys(chromedp.ID("q"), "ann"))
	w.press(".find button", ".sessions")
	w.wantText("1 session, used last first.", "Chrome on Windows")
	w.press(".actions .danger", ".ask")
	w.wantText("End this session?", "It is ann’s, with Chrome on Windows")
	w.press("button.danger", ".notice")
	w.wantText("1 session ended.", "No session found")
	ann.open("/profile")
	ann.wantPath("/login")
	w.open("/profile")
	w.wantPath("/profile")
}

// TestInABrowserTheCookieIsKeptApart asks the browser what it makes of the cookie.
func TestInABrowserTheCookieIsKeptApart(t *testing.T) {
	w, _ := openWindow(t, startBrowser(t))
	w.login("ann", "password", "dl")
	cookies := testbrowser.Run(t, w.ctx, func(ctx context.Context, t *chromedp.Target) ([]*network.Cookie, error) {
		found, err := cdp.Call(ctx, t, network.GetCookies, network.GetCookiesParams{URLs: []string{w.home + "/"}})
		return found.Cookies, err
	})
	if len(cookies) != 1 {
		t.Fatalf("there are %d cookies, want 1", len(cookies))
	}
	c := cookies[0]
	if c.Name != "__Host-session" || !c.Secure || !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax || c.Path != "/" || c.Domain != "127.0.0.1" {
		t.Errorf("the cookie is %s, Secure %t, HttpOnly %t, SameSite %s, Path %s, Domain %s", c.Name, c.Secure, c.HTTPOnly, c.SameSite, c.Path, c.Domain)
	}
	if left := time.Until(time.Unix(int64(c.Expires), 0)); left < 55*time.Minute || left > time.Hour {
		t.Errorf("it expires in %s", left)
	}
	script := func(expression string) string {
		return testbrowser.Run(t, w.ctx, chromedp.Evaluate[string](expression))
	}
	if got := script("document.cookie"); got != "" {
		t.Errorf("a script sees %q", got)
	}
	if got := script("document.cookie = '__Host-session=planted; Path=/; Secure'; document.cookie"); got != "" {
		t.Errorf("a script has planted %q", got) // the browser keeps an HttpOnly one from being overwritten
	}
	w.open("/profile")
	w.wantPath("/profile")
}

// TestInABrowserOtherSitesUseNoSession comes from another site: to a browser localhost is another one than 127.0.0.1, with
// the same port and certificate.
func TestInABrowserOtherSitesUseNoSession(t *testing.T) {
	w, app := openWindow(t, startBrowser(t))
	w.login("ann", "password", "dl")
	evil := strings.Replace(w.home, "127.0.0.1", "localhost", 1) + "/elsewhere?to=" + w.home
	w.do(chromedp.Navigate(evil))
	w.press("#link", "dl") // Lax: the cookie comes along when the visitor follows a link ...
	w.wantPath("/profile")
	w.do(chromedp.Navigate(evil))
	w.press("button", "") // ... and not with another site's form, which is refused besides
	w.wantPath("/logout")
	w.wantText("POST request refused: its header Sec-Fetch-Site is cross-site")
	if got := app.sent.Load(); got != "" {
		t.Errorf("the browser has sent the cookie along: %v", got)
	}
	w.open("/profile")
	w.wantPath("/profile")
	if devices, err := app.Sessions().Devices(t.Context(), "ann"); len(devices) != 1 || err != nil {
		t.Errorf("ann has %d sessions, %v, want 1", len(devices), err)
	}
}

func TestInABrowserPagesAreGoodOnEveryScreen(t *testing.T) {
	w, app := openWindow(t, startBrowser(t))
	phone := newClientOf(t, app.application, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1")
	tablet := newClientOf(t, app.application, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15")
	login(adminForm, phone, tablet)
	for name, v := range testbrowser.Views() {
		testbrowser.Look(t, w.ctx, v)
		w.login("admin", "guess", ".flash")
		testbrowser.Screenshot(t, w.ctx, "login-login-"+name)
		w.login("admin", "password", "dl")
		testbrowser.Screenshot(t, w.ctx, "login-profile-"+name)
		w.open("/account")
		testbrowser.Screenshot(t, w.ctx, "login-account-"+name)
		w.open("/")
		testbrowser.Screenshot(t, w.ctx, "login-home-"+name)
		w.open("/profile")
		w.press(".buttons form button", "h1") // log out
	}
}
