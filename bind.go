package proapi

import (
	"mime"
	"net/http"
	"strings"
)

// Bind reads the body into v, a pointer, by its Content-Type: JSON as [Request.JSON] does; a form, urlencoded or
// multipart, into a struct's fields.
//
// A form's field is that of the tag `form:"name"`, or else `json:"name"`, or else of the struct field's own name in any
// case; "-" is none. A struct field is a string, bool (also "on", a checkbox's value), integer, float, an
// encoding.TextUnmarshaler such as time.Time, a pointer to one of these, or a slice of them for every value of the name;
// other than a slice gets the first. An empty text leaves what is not a string as it is, and so does a field that was not
// sent. Fields that v does not have are ignored.
//
// The error is an *HTTPError with a message for the client: 400 where the body is malformed or does not fit, 413 where it
// is larger than Options.MaxBodyBytes, 415 for any other type. Any other error says that v itself cannot be bound to. The
// body can be read once.
func (r *Request) Bind(v any) error {
	media := r.mediaType()
	switch {
	case isJSON(media):
		return r.decodeJSON(v)
	case isForm(media):
		return r.bindForm(v)
	}
	return Error(http.StatusUnsupportedMediaType,
		"the Content-Type must be application/json, application/x-www-form-urlencoded or multipart/form-data")
}

// JSON reads the body into v, a pointer, as encoding/json does. Fields that v does not have are ignored.
//
// The error is an *HTTPError with a message for the client: 400 where the body is empty, is not one JSON value, or does
// not fit v, with the line and column; 413 where it is larger than Options.MaxBodyBytes; 415 where its Content-Type is not
// application/json (or one that ends in +json), which a form of another site cannot send. Any other error says that v is
// not a pointer. The body can be read once.
func (r *Request) JSON(v any) error {
	if !isJSON(r.mediaType()) {
		return Error(http.StatusUnsupportedMediaType, "the Content-Type must be application/json")
	}
	return r.decodeJSON(v)
}

// mediaType returns the body's type without parameters, "" where the header has none or a malformed one.
func (r *Request) mediaType() string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

func isJSON(media string) bool { return media == typeJSON || strings.HasSuffix(media, "+json") }

func isForm(media string) bool {
	return media == "application/x-www-form-urlencoded" || media == "multipart/form-data"
}
