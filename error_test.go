package proapi_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi"
)

func TestErrorsTellTheClientOnlyWhatTheyShould(t *testing.T) {
	cause := errors.New("dial 10.0.0.7: refused")
	for name, test := range map[string]struct {
		err     error
		status  int
		message string
		logged  string // "" is nothing
	}{
		"an error for the client":         {proapi.Error(401, "Invalid credentials"), 401, "Invalid credentials", ""},
		"one that is wrapped":             {fmt.Errorf("login: %w", proapi.Error(403, "no")), 403, "no", ""},
		"a message is not markup":         {proapi.Error(400, `<b>"`), 400, `<b>"`, ""},
		"any other error":                 {cause, 500, "Internal Server Error", "10.0.0.7"},
		"a cause is logged and not told":  {&proapi.HTTPError{Status: 502, Message: "try later", Cause: cause}, 502, "try later", "10.0.0.7"},
		"a client's fault is not logged":  {&proapi.HTTPError{Status: 422, Message: "bad", Cause: cause}, 422, "bad", ""},
		"a status that is no error's":     {proapi.Error(200, "fine"), 500, "Internal Server Error", "fine"},
		"a body read by hand, past limit": {fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 1}), 413, "the request's body is too large", ""},
	} {
		t.Run(name, func(t *testing.T) {
			app, log := newApp(t, proapi.Options{})
			app.Get("/", func(*proapi.Request) (any, error) { return proapi.Map{"not": "this"}, test.err })
			wantError(t, send(t, app, "GET", "/", ""), test.status, test.message)
			if test.logged == "" && log.Len() > 0 || !strings.Contains(log.String(), test.logged) {
				t.Errorf("the log is %q, want %q in it", log, test.logged)
			}
		})
	}
}

func TestHTTPErrorSaysStatusAndMessage(t *testing.T) {
	err := error(&proapi.HTTPError{Status: 404, Message: "no such user", Cause: io.EOF})
	if got := err.Error(); got != "proapi: 404 Not Found: no such user" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause cannot be found with errors.Is")
	}
}

func TestUnknownPathAndMethodAreJSONErrors(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Get("/", answers("start"))
	app.Get("/users/{id}", answers("user"))
	app.Put("/users/{id}", answers("put"))
	wantError(t, send(t, app, "GET", "/nothing", ""), 404, "Not Found")
	wantError(t, send(t, app, "GET", "/users/1/pets", ""), 404, "Not Found")
	wantError(t, send(t, app, "GET", "/users/%ff", ""), 400, "the path is not in UTF-8")
	w := send(t, app, "POST", "/users/1", "")
	wantError(t, w, 405, "Method Not Allowed")
	if got := w.Header().Get("Allow"); got != "GET, HEAD, PUT" {
		t.Errorf("Allow is %q", got)
	}
}

func TestHandlersOwn404IsItsOwn(t *testing.T) {
	app, _ := newApp(t, proapi.Options{})
	app.Handle("/files/", http.NotFoundHandler())
	if w := send(t, app, "GET", "/files/x", ""); w.Code != 404 || w.Body.String() != "404 page not found\n" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestPanicIsALogged500(t *testing.T) {
	app, log := newApp(t, proapi.Options{})
	app.Get("/", func(*proapi.Request) (any, error) { panic("the secret reason") })
	app.Handle("/headers", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusEarlyHints)
		panic("after a 1xx")
	}))
	w := send(t, app, "GET", "/", "")
	wantError(t, w, 500, "Internal Server Error")
	if !strings.Contains(log.String(), "the secret reason") || !strings.Contains(log.String(), "error_test.go") {
		t.Errorf("the log lacks the panic or its stack: %s", log)
	}
	w = send(t, app, "GET", "/headers", "")
	if w.Header().Get("Cache-Control") != "" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("the header of the answer that did not come is kept: %v", w.Header())
	}
}

func TestPanicAfterTheFirstByteCutsTheConnection(t *testing.T) {
	for name, begin := range map[string]func(w http.ResponseWriter){
		"written":        func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half") },
		"header written": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"flushed":        func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"copied":         func(w http.ResponseWriter) { _, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("half")) },
	} {
		t.Run(name, func(t *testing.T) {
			app, log := newApp(t, proapi.Options{})
			app.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				begin(w)
				panic("too late")
			}))
			if got := panics(func() { send(t, app, "GET", "/", "") }); !isAbort(got) {
				t.Errorf("the server sees the panic %v, want http.ErrAbortHandler", got)
			}
			if !strings.Contains(log.String(), "too late") {
				t.Error("the panic is not logged")
			}
		})
	}
}

func TestAbortHandlerPasses(t *testing.T) {
	app, log := newApp(t, proapi.Options{})
	app.Get("/", func(*proapi.Request) (any, error) { panic(http.ErrAbortHandler) })
	if got := panics(func() { send(t, app, "GET", "/", "") }); !isAbort(got) || log.Len() > 0 {
		t.Errorf("got the panic %v and the log %q", got, log)
	}
}

func isAbort(cause any) bool {
	err, ok := cause.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// panics returns what f panics with.
func panics(f func()) (cause any) {
	defer func() { cause = recover() }()
	f()
	return nil
}
