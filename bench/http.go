package bench

import (
	"context"
	"net/http"
	"strings"
)

// An HTTPSite is a site of a library for net/http.
type HTTPSite struct {
	Handlers map[Work]http.Handler
	close    func() error // nil where there is nothing to close
}

// Visitor returns a visitor of the handler for the work.
func (s *HTTPSite) Visitor(w Work, cookie string) Visitor {
	h := s.Handlers[w]
	if h == nil {
		return nil
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://example.com/", http.NoBody)
	if err != nil {
		panic(err)
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return &httpVisitor{handler: h, request: r, answer: recorder{header: make(http.Header, 4)}}
}

// Close closes what the library keeps open.
func (s *HTTPSite) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

type httpVisitor struct {
	handler http.Handler
	request *http.Request
	sent    http.Request
	answer  recorder
}

// Visit sends a copy of the request: gorilla/sessions leaves the session in the request that it is given, and would find
// it there the next time.
func (v *httpVisitor) Visit() {
	clear(v.answer.header)
	v.sent = *v.request
	v.handler.ServeHTTP(&v.answer, &v.sent)
}

func (v *httpVisitor) As(cookie string) { v.request.Header["Cookie"][0] = cookie }

func (v *httpVisitor) Cookie() string {
	cookie, _, _ := strings.Cut(v.answer.header.Get("Set-Cookie"), ";")
	return cookie
}

// A recorder is a ResponseWriter that costs nothing.
type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }

var body = []byte("ok")

// Bare is the handler that has no session: what every work does besides.
func Bare(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }

// must panics for an error that none of these works should meet.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
