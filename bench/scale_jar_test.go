package bench_test

import (
	"net/http"
	"strings"

	"github.com/proapi-go/proapi/bench"
	"github.com/proapi-go/proapi/session"
)

// A jar holds cookies of one length, in one string: their number adds nothing for the garbage collector to look at.
type jar struct {
	all  string
	size int
}

// siteOf returns a site that fills the manager's sessions, and reads two values of one.
func siteOf(m *session.Manager) *bench.HTTPSite {
	read := func(s *session.Session) {
		visits, err := session.Value[int](s, "visits")
		name, _ := session.Value[string](s, "name")
		if visits != 42 || name != "Ada" || err != nil {
			panic("a session does not hold what was stored")
		}
	}
	handlers := map[bench.Work]http.Handler{}
	for work, use := range map[bench.Work]func(*session.Session){
		bench.Fill: func(s *session.Session) { s.Update(bench.Values()) },
		bench.Read: read,
	} {
		handlers[work] = m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { use(session.From(r.Context())) }))
	}
	return &bench.HTTPSite{Handlers: handlers}
}

// jarOf makes n sessions and keeps the cookies of a million of them at most, spread over all.
func jarOf(site *bench.HTTPSite, n int) jar {
	v := site.Visitor(bench.Fill, "")
	const most = 1_000_000
	kept, every := strings.Builder{}, (n+most-1)/most
	size := 0
	for i := range n {
		v.Visit()
		if i%every == 0 {
			cookie := v.Cookie()
			if size = len(cookie); i == 0 {
				kept.Grow((n/every + 1) * size)
			}
			kept.WriteString(cookie)
		}
	}
	return jar{kept.String(), size}
}

// at returns the i-th cookie in an order that jumps about, and visits them all before it begins again.
func (j jar) at(i int) string {
	const stride = 7_368_787 // a prime, that divides no number of cookies here
	at := i * stride % (len(j.all) / j.size) * j.size
	return j.all[at : at+j.size]
}

// fetched is how many cookies fetch fetches.
const fetched = 64

// fetch has the processor read the cookies from the i-th on into its caches, where those of a request are, which has just come
// from the network.
func (j jar) fetch(i int) {
	for n := range fetched {
		if strings.Count(j.at(i+n), "=") != 1 {
			panic("a cookie has no name")
		}
	}
}
