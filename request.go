package proapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/proapi-go/proapi/session"
)

// A Request is an http.Request with its session and with ways to read it. It belongs to its handler, and, its Session
// apart, to one goroutine.
//
// The method Form hides the field of http.Request, which is r.Request.Form.
type Request struct {
	*http.Request

	// Session is the visitor's session, never nil. Where sessions are not enabled, its every use is an error, which the
	// request then fails with: a logged 500 that says how to enable them.
	Session *session.Session

	query    url.Values
	formRead bool
	formErr  error
}

// Query returns the first value of a parameter in the URL; where there is none, the default, or "". What is not UTF-8 in it
// is U+FFFD, as the URL standard has it (section 5.1).
func (r *Request) Query(name string, def ...string) string {
	if r.query == nil {
		r.query = r.URL.Query()
	}
	if values := r.query[name]; len(values) > 0 {
		return strings.ToValidUTF8(values[0], "\uFFFD")
	}
	if len(def) > 0 {
		return def[0]
	}
	return ""
}

// Form returns the first value of a field of the form in the body (urlencoded or multipart, of POST, PUT and PATCH), ""
// where there is none; the URL is not looked at, that is Query.
//
// It has no error to return: for a form that cannot be read, is not UTF-8, or is too large, it returns "", and the request fails with a
// 400 or 413 even where the handler returns a value. What must not happen then is decided with Bind.
func (r *Request) Form(name string) string {
	if r.readForm() != nil {
		return ""
	}
	if values := r.PostForm[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
