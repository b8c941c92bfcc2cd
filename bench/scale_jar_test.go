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

// jarOf makes n sessions and keeps the cookies of a million of them at most, spread over all.
func jarOf(m *session.Manager, n int) jar {
	v := (&bench.HTTPSite{Handlers: map[bench.Work]http.Handler{
		bench.Fill: m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			session.From(r.Context()).Update(bench.Values())
		})),
	}}).Visitor(bench.Fill, "")
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

// An anybody is a visitor who has another cookie at each visit, and reads two values.
type anybody struct {
	handler http.Handler
	request *http.Request
	header  http.Header
}

func newAnybody(m *session.Manager) *anybody {
	read := func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		visits, err := session.Value[int](s, "visits")
		name, _ := session.Value[string](s, "name")
		if visits != 42 || name != "Ada" || err != nil {
			panic("a session does not hold what was stored")
		}
	}
	return &anybody{
		handler: m.Middleware(http.HandlerFunc(read)),
		request: &http.Request{Method: http.MethodGet, Header: http.Header{"Cookie": {""}}, Host: "example.com"},
		header:  http.Header{},
	}
}

func (v *anybody) visit(cookie string) {
	clear(v.header)
	v.request.Header["Cookie"][0] = cookie
	v.handler.ServeHTTP(v, v.request)
}

// An anybody is its own ResponseWriter.
func (v *anybody) Header() http.Header         { return v.header }
func (v *anybody) Write(b []byte) (int, error) { return len(b), nil }
func (v *anybody) WriteHeader(int)             {}
