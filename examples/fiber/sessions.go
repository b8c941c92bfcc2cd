package main

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v3"

	"github.com/proapi-go/proapi/session"
)

// Sessions is middleware that gives the handlers after it their session, which session.From returns for c.Context(). Copy
// this file: Fiber's own adaptor.HTTPMiddleware is of no use for sessions, since it calls the handlers when the middleware
// has returned, and the session's end has come before its use.
//
// Fiber holds an answer until its handlers have returned, so that the session is stored before the first byte leaves, as
// with net/http. The error that a handler returned is answered here, with the application's ErrorHandler, since the
// session's end depends on its status: what stands before this middleware sees the answer and not the error.
//
// Three things are not as with net/http. A stream's writer (SendStreamWriter) and the handler of a connection that is taken
// over (RequestCtx().Hijack) run when the request is over for the session: what they change is refused, with an entry in
// the log, and Session.Done tells them nothing. The context does not end when the client goes; fasthttp does not know. And
// text that Fiber hands out is valid within the handler only, unless fiber.Config.Immutable is set; what goes into a
// session is copied.
func Sessions(m *session.Manager) fiber.Handler {
	return func(c fiber.Ctx) error {
		a := &answer{header: http.Header{}}
		m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.SetContext(r.Context())
			if err := c.Next(); err != nil && c.App().ErrorHandler(c, err) != nil {
				c.Status(http.StatusInternalServerError)
			}
			a.begin(c)
			w.WriteHeader(c.Response().StatusCode()) // stores the session
		})).ServeHTTP(a, request(c))
		if a.refused() {
			a.replace(c)
		} else {
			a.complete(c)
		}
		return nil
	}
}

// request returns what the session needs to know of the request: its header, and where it comes from.
func request(c fiber.Ctx) *http.Request {
	r := &http.Request{
		Method:     strings.Clone(c.Method()),
		URL:        &url.URL{Path: strings.Clone(c.Path())},
		Header:     http.Header{},
		Host:       string(c.Request().Host()),
		RemoteAddr: strings.Clone(c.IP()),
		Body:       http.NoBody,
	}
	for name, value := range c.Request().Header.All() {
		r.Header.Add(string(name), string(value))
	}
	return r.WithContext(c.Context())
}

// An answer is what the session has to say of a response: headers, or all of it where it could not be stored.
type answer struct {
	header http.Header
	was    http.Header // what the handlers have set, without the cookies
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// begin takes over what the handlers have set.
func (a *answer) begin(c fiber.Ctx) {
	for name, value := range c.Response().Header.All() {
		if string(name) != fiber.HeaderSetCookie {
			a.header.Add(string(name), string(value))
		}
	}
	a.header.Set(mark, "yes")
	a.was = a.header.Clone()
}

// mark is a header of the handlers' response. Where that is refused, it is dropped with the others.
const mark = "X-Handlers-Own"

func (a *answer) refused() bool { return a.header.Get(mark) == "" }

// complete adds to the handlers' response what the session has set.
func (a *answer) complete(c fiber.Ctx) {
	h := &c.Response().Header
	for name, values := range a.header {
		if slices.Equal(values, a.was[name]) {
			continue
		}
		if name != fiber.HeaderSetCookie {
			h.Del(name)
		}
		for _, value := range values {
			h.Add(name, value)
		}
	}
}

// replace puts the session's error in the place of the handlers' response.
func (a *answer) replace(c fiber.Ctx) {
	c.RequestCtx().Hijack(nil)
	c.Response().Reset()
	for name, values := range a.header {
		for _, value := range values {
			c.Response().Header.Add(name, value)
		}
	}
	c.Status(a.status)
	c.Response().SetBody(a.body.Bytes())
}
