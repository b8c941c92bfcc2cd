package bench_test

import (
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// each runs a test for each library.
func each(t *testing.T, test func(t *testing.T, site bench.Site)) {
	t.Helper()
	for _, l := range bench.Libraries() {
		t.Run(l.Medium+"/"+l.Name, func(t *testing.T) { test(t, open(t, l)) })
	}
}

func TestEveryLibraryReadsWhatItWrote(t *testing.T) {
	each(t, func(t *testing.T, site bench.Site) {
		cookie := fill(site)
		site.Visitor(bench.Read, cookie).Visit()
		v := site.Visitor(bench.Write, cookie)
		for range 3 {
			v.Visit()
		}
		if changed := v.Cookie(); changed != "" {
			cookie = changed
		}
		site.Visitor(bench.Written, cookie).Visit()
	})
}

func TestReadNoticesMissingValues(t *testing.T) {
	for name, cookie := range map[string]func(bench.Site) string{
		"no cookie": func(bench.Site) string { return "" },
		"a session with one of the two values": func(site bench.Site) string {
			v := site.Visitor(bench.FirstValue, "")
			v.Visit()
			return v.Cookie()
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, site bench.Site) {
				v := site.Visitor(bench.Read, cookie(site))
				if !panics(v.Visit) {
					t.Error("a read without the values did not panic")
				}
			})
		})
	}
}

func TestWrittenNoticesThatNothingWas(t *testing.T) {
	each(t, func(t *testing.T, site bench.Site) {
		if !panics(site.Visitor(bench.Written, fill(site)).Visit) {
			t.Error("no panic, though nothing was written")
		}
	})
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
