package proapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
)

// A Map is a JSON object to answer with.
type Map map[string]any

// A Response is an answer whose status and header the handler chooses.
type Response struct {
	// Status is the status code, from 200 to 599. 0 is 200, and 204 where Body is nil.
	Status int

	// Header is set on the response; Set-Cookie and Vary are added to what is there. A Content-Type here replaces the
	// one that the Body would have.
	Header http.Header

	// Body is encoded as an answer of its type would be. It is not itself a Response, an error or an http.Handler, and
	// is nil where the status allows no body (204 and 304).
	Body any
}

// Redirect answers with a redirect to the URL. The status is 302 (Found) unless another is given: browsers follow it with
// GET, whatever the request was, as they do 303; 307 and 308 keep the method and the body. The URL goes to the browser as
// it is: one that a visitor could choose must be checked to be your own.
func Redirect(url string, status ...int) Response {
	code := http.StatusFound
	if len(status) > 0 {
		code = status[0]
	}
	return Response{Status: code, Header: http.Header{"Location": {url}}}
}

// The types of what a Handler answers.
const (
	typeJSON   = "application/json"
	typeHTML   = "text/html; charset=utf-8"
	typeOctets = "application/octet-stream"
)

// A reply is an answer as bytes, ready to be written; or a handler that will write one.
type reply struct {
	status  int
	header  http.Header
	media   string // the body's type, unless header has one; "" is no body
	body    []byte
	handler http.Handler
}

// encode returns a handler's answer as a reply. An error that is answered as a value is an error.
func encode(value any) (reply, error) {
	switch v := value.(type) {
	case error:
		return reply{}, v
	case Response:
		return v.encode()
	case *Response:
		if v == nil {
			return encodeBody(nil)
		}
		return v.encode()
	case http.Handler:
		return reply{handler: v}, nil
	}
	return encodeBody(value)
}

// encodeBody returns the reply with what can be a body.
func encodeBody(value any) (reply, error) {
	switch v := value.(type) {
	case nil:
		return reply{status: http.StatusNoContent}, nil
	case string:
		return reply{status: http.StatusOK, media: typeHTML, body: []byte(v)}, nil
	case []byte:
		return reply{status: http.StatusOK, media: typeOctets, body: v}, nil
	case error, Response, *Response, http.Handler:
		return reply{}, fmt.Errorf("proapi: a Response's body cannot be a %T", value)
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		return reply{status: http.StatusOK, media: typeHTML, body: []byte(v.String())}, nil
	}
	return encodeJSON(value)
}

func encodeJSON(value any) (reply, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return reply{}, fmt.Errorf("proapi: an answer cannot be encoded: %w", err)
	}
	return reply{status: http.StatusOK, media: typeJSON, body: append(body, '\n')}, nil
}

func (a *Response) encode() (reply, error) {
	answer, err := encodeBody(a.Body)
	if err != nil {
		return reply{}, err
	}
	answer.header = a.Header
	if a.Status == 0 {
		return answer, nil
	}
	if a.Status < 200 || a.Status > 599 {
		return reply{}, fmt.Errorf("proapi: a Response's status is %d: it is 0, or from 200 to 599", a.Status)
	}
	if answer.media != "" && bodiless(a.Status) {
		return reply{}, errors.New("proapi: a Response has a body, and a status that allows none (RFC 9110, section 6.4.1)")
	}
	answer.status = a.Status
	return answer, nil
}

func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

// write writes the reply. That the client has gone is not an error to anybody.
func (a reply) write(w http.ResponseWriter, r *http.Request) {
	if a.handler != nil {
		a.handler.ServeHTTP(w, r)
		return
	}
	h := w.Header()
	h.Del("Content-Type")
	if a.media != "" {
		h.Set("Content-Type", a.media)
	}
	for name, values := range a.header {
		name = http.CanonicalHeaderKey(name)
		if name != "Set-Cookie" && name != "Vary" {
			h.Del(name)
		}
		h[name] = append(h[name], values...)
	}
	h.Del("Content-Length")
	if !bodiless(a.status) {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead && len(a.body) > 0 {
		_, _ = w.Write(a.body)
	}
}
