package proapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi"
)

func TestHandlerAnswers(t *testing.T) {
	type user struct {
		Name string `json:"name"`
	}
	const jsonType, htmlType = "application/json", "text/html; charset=utf-8"
	for name, test := range map[string]struct {
		value  any
		status int
		media  string
		body   string
	}{
		"a map as JSON":               {proapi.Map{"id": 1}, 200, jsonType, `{"id":1}` + "\n"},
		"any map as JSON":             {map[string]int{"n": 2}, 200, jsonType, `{"n":2}` + "\n"},
		"a struct as JSON":            {user{"Ann"}, 200, jsonType, `{"name":"Ann"}` + "\n"},
		"a pointer as JSON":           {&user{"Bob"}, 200, jsonType, `{"name":"Bob"}` + "\n"},
		"a slice as JSON":             {[]int{1, 2}, 200, jsonType, "[1,2]\n"},
		"a number as JSON":            {3.5, 200, jsonType, "3.5\n"},
		"a bool as JSON":              {true, 200, jsonType, "true\n"},
		"raw JSON as it is":           {json.RawMessage(`{"a":[]}`), 200, jsonType, `{"a":[]}` + "\n"},
		"a string as HTML":            {"<p>hi</p>", 200, htmlType, "<p>hi</p>"},
		"a template's text as HTML":   {template.HTML("<b>"), 200, htmlType, "<b>"},
		"bytes as octets":             {[]byte{0, 1}, 200, "application/octet-stream", "\x00\x01"},
		"nil as no content":           {nil, 204, "", ""},
		"an http.Handler is served":   {http.NotFoundHandler(), 404, "text/plain; charset=utf-8", "404 page not found\n"},
		"a Response with a status":    {proapi.Response{Status: 201, Body: proapi.Map{}}, 201, jsonType, "{}\n"},
		"a Response by pointer":       {&proapi.Response{Status: 202, Body: "ok"}, 202, htmlType, "ok"},
		"an empty Response":           {proapi.Response{}, 204, "", ""},
		"a nil *Response":             {(*proapi.Response)(nil), 204, "", ""},
		"a Response without a status": {proapi.Response{Body: "x"}, 200, htmlType, "x"},
		"a status without a body":     {proapi.Response{Status: 404}, 404, "", ""},
		"a Response with its own type": {
			proapi.Response{Body: "a,b", Header: http.Header{"content-type": {"text/csv"}}}, 200, "text/csv", "a,b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			app, _ := newApp(t, proapi.Options{})
			app.Get("/", answers(test.value))
			w := send(t, app, "GET", "/", "")
			if w.Code != test.status || w.Header().Get("Content-Type") != test.media || w.Body.String() != test.body {
				t.Errorf("got %d %q %q, want %d %q %q", w.Code, w.Header().Get("Content-Type"), w.Body, test.status, test.media, test.body)
			}
		})
	}
}

func TestAnswerThatCannotBeGivenIsALogged500(t *testing.T) {
	for name, value := range map[string]any{
		"no JSON form":                  proapi.Map{"f": math.NaN()},
		"a channel":                     make(chan int),
		"an error as a value":           errors.New("secret detail"),
		"a status below 200":            proapi.Response{Status: 101},
		"a status above 599":            proapi.Response{Status: 1000},
		"a body with 204":               proapi.Response{Status: 204, Body: "x"},
		"a Response in a Response":      proapi.Response{Body: proapi.Response{}},
		"an http.Handler in a Response": proapi.Response{Body: http.NotFoundHandler()},
		"half of it can be encoded":     []any{"secret half", func() {}},
	} {
		t.Run(name, func(t *testing.T) {
			app, log := newApp(t, proapi.Options{})
			app.Get("/", answers(value))
			wantError(t, send(t, app, "GET", "/", ""), 500, "Internal Server Error")
			if !strings.Contains(log.String(), "proapi: request failed") || !strings.Contains(log.String(), `pattern="GET /{$}"`) {
				t.Errorf("the log does not say what failed: %s", log)
			}
		})
	}
}

func TestErrorAnsweredAsValueKeepsItsStatus(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Get("/", answers(proapi.Error(http.StatusConflict, "taken")))
	wantError(t, send(t, app, "GET", "/", ""), 409, "taken")
}

func TestResponseHeaderReplacesAndCookiesAdd(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "a=1")
			w.Header().Set("Vary", "Accept")
			w.Header().Set("X-Who", "middleware")
			w.Header().Set("Content-Length", "999")
			next.ServeHTTP(w, r)
		})
	})
	app.Get("/", answers(proapi.Response{Body: "x", Header: http.Header{
		"set-cookie": {"b=2"}, "Vary": {"Origin"}, "X-Who": {"handler"},
	}}))
	h := send(t, app, "GET", "/", "").Header()
	for name, want := range map[string]string{
		"Set-Cookie": "[a=1 b=2]", "Vary": "[Accept Origin]", "X-Who": "[handler]", "Content-Length": "[1]",
	} {
		if got := fmt.Sprint(h[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestAnswerWithoutABodyHasNoType(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			next.ServeHTTP(w, r)
		})
	})
	app.Get("/", answers(nil))
	if h := send(t, app, "GET", "/", "").Header(); h.Get("Content-Type") != "" || h.Get("Content-Length") != "" {
		t.Errorf("got %v", h)
	}
}

func TestRedirect(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Get("/default", answers(proapi.Redirect("/login")))
	app.Get("/other", answers(proapi.Redirect("/new", http.StatusPermanentRedirect)))
	for target, want := range map[string]string{"/default": "302 /login", "/other": "308 /new"} {
		w := send(t, app, "GET", target, "")
		if got := fmt.Sprint(w.Code, " ", w.Header().Get("Location")); got != want || w.Body.Len() > 0 {
			t.Errorf("%s: got %s with %d bytes, want %s", target, got, w.Body.Len(), want)
		}
	}
}

func TestHeadHasGetsHeaderAndNoBody(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Get("/", answers("hello"))
	w := send(t, app, "HEAD", "/", "")
	if w.Code != 200 || w.Header().Get("Content-Length") != "5" || w.Body.Len() > 0 {
		t.Errorf("got %d, length %q, body %q", w.Code, w.Header().Get("Content-Length"), w.Body)
	}
}
