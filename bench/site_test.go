package bench_test

import (
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// open returns the library's site, which ends with the test.
func open(tb testing.TB, l bench.Library) bench.Site {
	tb.Helper()
	site, err := l.Open(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = site.Close() })
	return site
}

// fill begins a session that holds bench.Values, and returns its cookie.
func fill(site bench.Site) string {
	v := site.Visitor(bench.Fill, "")
	v.Visit()
	return v.Cookie()
}

// cookieFor returns the cookie of a request for the work: that of a session of its own, where it has one.
func cookieFor(site bench.Site, w bench.Work) string {
	if !w.HasCookie() {
		return ""
	}
	return fill(site)
}
