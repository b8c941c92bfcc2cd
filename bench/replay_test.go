package bench_test

import (
	"net/http"
	"testing"

	"github.com/proapi-go/proapi/bench"
	"github.com/proapi-go/proapi/session"
)

// BenchmarkReplay is a request that adds one to a number while another request of the session, which comes first, does
// the same: the first save meets a conflict, and the change is made again on the newest record. The time is that of both
// requests; what a conflict costs is what is above twice that of work=modify. The peers have no such work: they lose one
// of the changes.
func BenchmarkReplay(b *testing.B) {
	for _, medium := range []struct {
		name    string
		options session.Options
	}{
		{"memory", session.Options{}},
		{"file", session.Options{Backend: "file", BackendOptions: session.BackendOptions{"directory": b.TempDir() + "/sessions"}}},
	} {
		b.Run("medium="+medium.name+"/library=proapi/work=replay", func(b *testing.B) { replay(b, medium.options) })
	}
}

func replay(b *testing.B, o session.Options) {
	b.Helper()
	o.SecretKey = bench.Secret
	m, err := session.New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	increment := func(r *http.Request) {
		_ = session.Modify(session.From(r.Context()), "visits", func(n int) int { return n + 1 })
	}
	var first bench.Visitor
	site := &bench.HTTPSite{Handlers: map[bench.Work]http.Handler{
		bench.Fill:   m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { increment(r) })),
		bench.Modify: m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { increment(r) })),
		bench.Write: m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			increment(r)
			first.Visit()
		})),
	}}
	cookie := fill(site)
	first = site.Visitor(bench.Modify, cookie)
	second := site.Visitor(bench.Write, cookie)
	before := m.Stats()
	b.ReportAllocs()
	n := 0
	for ; b.Loop(); n++ {
		second.Visit()
	}
	if conflicts := m.Stats().Conflicts - before.Conflicts; conflicts != uint64(n) {
		b.Errorf("%d conflicts in %d requests", conflicts, n)
	}
}
