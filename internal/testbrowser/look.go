package testbrowser

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A View is how a page is looked at: on a screen of a width and height in CSS pixels, light or dark.
type View struct {
	Width, Height int64
	Phone         bool // with touch, and without a mouse
	Dark          bool
}

// The views in which every page has to be good. 360 pixels are the width of a small phone.
var (
	Desktop     = View{Width: 1280, Height: 860}
	DesktopDark = View{Width: 1280, Height: 860, Dark: true}
	Phone       = View{Width: 360, Height: 740, Phone: true}
	PhoneDark   = View{Width: 360, Height: 740, Phone: true, Dark: true}
)

// Views are all of them, by names that can stand in a file's.
func Views() map[string]View {
	return map[string]View{"desktop": Desktop, "desktop-dark": DesktopDark, "phone": Phone, "phone-dark": PhoneDark}
}

// Look looks at the tab's pages as v says, from now on.
func Look(tb testing.TB, ctx context.Context, v View) { //nolint:revive // tb comes first, as everywhere
	tb.Helper()
	var options []chromedp.EmulateViewportOption
	if v.Phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait, chromedp.EmulateScale(2))
	}
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	Do(tb, ctx, chromedp.EmulateViewport(v.Width, v.Height, options...), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// Screenshot keeps a picture of the whole page as build/screenshots/NAME.png, which is not part of the repository. The test
// fails where the page is wider than its window.
func Screenshot(tb testing.TB, ctx context.Context, name string) { //nolint:revive // tb comes first, as everywhere
	tb.Helper()
	png := Run(tb, ctx, chromedp.FullScreenshot(100))
	directory := filepath.Join(root(tb), "build", "screenshots")
	if err := os.MkdirAll(directory, 0o750); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, name+".png"), png, 0o600); err != nil {
		tb.Fatal(err)
	}
	const widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
	if w := Run(tb, ctx, chromedp.Evaluate[[]int](widths)); w[0] > w[1] {
		tb.Errorf("%s is %d pixels wide in a window of %d: it scrolls sideways", name, w[0], w[1])
	}
}

// root returns the repository's directory.
func root(tb testing.TB) string {
	tb.Helper()
	directory, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(directory, ".golangci.yml")); err == nil {
			return directory
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			tb.Fatal("the test does not run in the repository")
		}
		directory = parent
	}
}
