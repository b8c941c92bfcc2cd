package testbrowser

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// NoComplaints fails the test where the browser complains of the tab's pages from now on: of what a page's policy forbids,
// and of scripts that fail.
func NoComplaints(tb testing.TB, ctx context.Context) { //nolint:revive // tb comes first, as everywhere
	tb.Helper()
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Source == log.EntrySourceSecurity || e.Entry.Source == log.EntrySourceJavascript {
				tb.Errorf("the browser complains: %s", e.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			tb.Errorf("a script fails: %s", e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
}
