// Package testbrowser gives tests a real browser, and a server over https that the browser trusts.
package testbrowser

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/proapi-go/proapi/internal/needs"
)

// Options say how a browser is started.
type Options struct {
	// Flags are added to those that every test needs: "name" or "name=value", without the dashes. One that is given twice
	// has the last value.
	Flags []string

	// Profile is the directory of the browser's profile, to start it again with what it knew. Empty is a fresh one.
	Profile string
}

// life bounds a browser's, so that a page that never comes fails its test and not the whole run.
const life = 90 * time.Second

// flags are those of every browser: no window, nothing that leaves this machine, nothing that a container lacks.
var flags = []string{
	"headless", "no-sandbox", "disable-gpu", "disable-quic", "disable-dev-shm-usage", "disable-extensions", "disable-sync",
	"disable-background-networking", "disable-component-update", "disable-breakpad", "no-first-run",
	"no-default-browser-check", "no-proxy-server", "password-store=basic", "use-mock-keychain",
	"host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
}

// Start starts Chromium with one empty tab, and returns the tab's context for package chromedp, with which further tabs are
// opened, too. The browser ends with the test, or with chromedp.Cancel, which waits until its profile is written. Where
// Chromium is not installed the test is skipped.
func Start(tb testing.TB, o Options) context.Context {
	tb.Helper()
	profile := o.Profile
	if profile == "" {
		profile = tb.TempDir()
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(program(tb)), chromedp.UserDataDir(profile)}
	for _, flag := range append(append([]string(nil), flags...), o.Flags...) {
		options = append(options, asOption(flag))
	}
	said := &output{}
	options = append(options, chromedp.CombinedOutput(said))
	ctx, stop := context.WithTimeout(context.WithoutCancel(tb.Context()), life)
	ctx, release := chromedp.NewExecAllocator(ctx, options...)
	ctx, _ = chromedp.NewContext(ctx) // Cancel ends it
	tb.Cleanup(func() {
		if ctx.Err() == nil { // the test may have ended it
			_ = chromedp.Cancel(ctx)
		}
		release()
		stop()
		if tb.Failed() {
			tb.Logf("the browser said:\n%s", said)
		}
	})
	Do(tb, ctx)
	return ctx
}

// Do does what the steps say, in the tab of the context, or ends the test.
func Do(tb testing.TB, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) { //nolint:revive // tb comes first, as everywhere
	tb.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.Fatalf("the browser: %v", err)
	}
}

// Run returns what an action finds in the tab of the context, or ends the test.
func Run[T any](tb testing.TB, ctx context.Context, action chromedp.Action[T]) T { //nolint:revive // tb comes first, as everywhere
	tb.Helper()
	found, err := chromedp.Run(ctx, action)
	if err != nil {
		tb.Fatalf("the browser: %v", err)
	}
	return found
}

// program returns the browser's path: past Debian's script, which adds flags of its own.
func program(tb testing.TB) string {
	tb.Helper()
	path := needs.Chromium.Path(tb)
	const behindScript = "/usr/lib/chromium/chromium"
	if _, err := os.Stat(behindScript); err == nil {
		return behindScript
	}
	return path
}

func asOption(flag string) chromedp.ExecAllocatorOption {
	if name, value, ok := strings.Cut(flag, "="); ok {
		return chromedp.Flag(name, value)
	}
	return chromedp.Flag(flag, true)
}

// output keeps what the browser says, for a test that fails.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write keeps the text.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

// String returns all of it but the complaints about D-Bus, which a container does not have.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var told strings.Builder
	for line := range strings.Lines(o.text.String()) {
		if !strings.Contains(line, "ERROR:dbus/") {
			told.WriteString(line)
		}
	}
	return told.String()
}
