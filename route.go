package proapi

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/proapi-go/proapi/session"
)

// A Handler answers a request with a value or an error.
//
// A nil is answered as 204; a string, of whatever string type, as HTML (html/template's text is one; what a visitor
// wrote must be escaped); a []byte as octets; a [Response] is answered exactly as it says; an http.Handler is served;
// everything else (maps, structs, slices, numbers, ...) is answered as JSON.
//
// An error that is, or wraps, an [HTTPError] is answered with its status and message; any other error is logged, and
// answered as a 500 that says nothing. So is a value that cannot be encoded. A value is encoded before anything is
// written: a request's session is changed only by an answer that could be given.
type Handler func(*Request) (any, error)

// routes adds routes to an App, below a prefix and within middleware. App and Group are made of it.
type routes struct {
	app    *App
	prefix string
	within []func(http.Handler) http.Handler
}

// Get adds a handler for GET and HEAD requests. The pattern is the path of an [http.ServeMux] pattern, with wildcards
// such as {id} for [http.Request.PathValue], and, on an App, optionally a host before it. A path that ends in a slash
// stands for itself alone, so that "/" is the start page and not every page; "/files/{path...}" stands for everything
// below /files/. A request whose path is not UTF-8 is answered 400.
//
// It panics where the pattern is malformed or conflicts with another, or where h is nil.
func (g *routes) Get(pattern string, h Handler) { g.add(http.MethodGet, pattern, h) }

// Post adds a handler for POST requests. See Get for patterns.
func (g *routes) Post(pattern string, h Handler) { g.add(http.MethodPost, pattern, h) }

// Put adds a handler for PUT requests. See Get for patterns.
func (g *routes) Put(pattern string, h Handler) { g.add(http.MethodPut, pattern, h) }

// Patch adds a handler for PATCH requests. See Get for patterns.
func (g *routes) Patch(pattern string, h Handler) { g.add(http.MethodPatch, pattern, h) }

// Delete adds a handler for DELETE requests. See Get for patterns.
func (g *routes) Delete(pattern string, h Handler) { g.add(http.MethodDelete, pattern, h) }

// Handle adds any http.Handler. The pattern is one of [http.ServeMux], and means what it means there: it may begin with
// a method ("GET /static/"), and a path that ends in a slash stands for everything below it, too.
func (g *routes) Handle(pattern string, h http.Handler) {
	if h == nil {
		panic("proapi: " + pattern + " has a nil handler")
	}
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "", pattern
	} else {
		method += " "
	}
	g.app.mux.Handle(method+g.below(strings.TrimLeft(path, " \t")), matched{wrapped(tidy{h}, g.within)})
}

// Group returns a group of routes whose patterns begin with prefix and which stand within the middleware, the first of
// it outermost. A prefix may hold wildcards; a slash at its end is ignored. In a group, "" stands for the prefix itself.
func (g *routes) Group(prefix string, middleware ...func(http.Handler) http.Handler) *Group {
	within := append(slices.Clip(g.within), middleware...)
	return &Group{routes{app: g.app, prefix: strings.TrimRight(g.below(prefix), "/"), within: within}}
}

// A Group is a part of an App's routes, with a prefix and middleware of its own.
type Group struct{ routes }

func (g *routes) add(method, pattern string, h Handler) {
	if h == nil {
		panic("proapi: " + method + " " + pattern + " has a nil handler")
	}
	if strings.HasSuffix(pattern, "/") {
		pattern += "{$}"
	}
	g.Handle(method+" "+pattern, endpoint{g.app, h})
}

// below returns the path with the group's prefix.
func (g *routes) below(path string) string {
	if g.prefix != "" && path != "" && path[0] != '/' {
		panic("proapi: " + path + " is a pattern in the group " + g.prefix + ": it begins with a slash")
	}
	return g.prefix + path
}

var errPath = Error(http.StatusBadRequest, "the path is not in UTF-8")

// An endpoint is a Handler as an http.Handler.
type endpoint struct {
	app     *App
	handler Handler
}

func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &Request{Request: r, Session: session.From(r.Context())}
	var value any
	err := errPath
	if utf8.ValidString(r.URL.Path) { // what a handler takes from it is text
		value, err = e.handler(req)
	}
	e.app.outcome(req, value, err).write(w, r)
}

// tidy removes the temporary files of a multipart form after its handler: the server does so for the request that it made
// itself alone, and what stands before a handler makes copies.
type tidy struct{ http.Handler }

func (t tidy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	t.Handler.ServeHTTP(w, r)
}

// route answers a request from the routes.
func (a *App) route(w http.ResponseWriter, r *http.Request) {
	a.mux.ServeHTTP(&unmatched{ResponseWriter: w, request: r}, r)
}

// unmatched is what the ServeMux writes to. A matched route never sees it, so what is written to it is the ServeMux's
// own answer: a redirect to the clean path, which passes, or a 404 or 405, which becomes an error in our form.
type unmatched struct {
	http.ResponseWriter

	request *http.Request
	ours    bool
}

func (u *unmatched) WriteHeader(status int) {
	if u.ours = status >= http.StatusBadRequest; u.ours {
		writeError(u.ResponseWriter, u.request, status, http.StatusText(status))
		return
	}
	u.ResponseWriter.WriteHeader(status)
}

func (u *unmatched) Write(b []byte) (int, error) {
	if u.ours {
		return len(b), nil
	}
	return u.ResponseWriter.Write(b)
}

// matched takes the writer out again that route has put in.
type matched struct{ http.Handler }

func (m matched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if u, ok := w.(*unmatched); ok {
		w = u.ResponseWriter
	}
	m.Handler.ServeHTTP(w, r)
}
