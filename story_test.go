package proapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi"
)

// newApp returns an App with a log that a test can read; both are the test's own.
func newApp(t *testing.T, options proapi.Options) (*proapi.App, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(&log, nil))
	}
	app, err := proapi.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Shutdown(context.WithoutCancel(t.Context())) })
	return app, &log
}

// send has the App answer a request; header is name, value, name, value.
func send(t *testing.T, app http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, target, content)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// wantError checks that the response is an error in our form.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("status %d with a body that is not JSON: %q", w.Code, w.Body)
	}
	if w.Code != status || len(got) != 1 || got["error"] != message || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s (%s), want %d with the error %q", w.Code, w.Body, w.Header().Get("Content-Type"), status, message)
	}
}

// asJSON is the header of a JSON body.
var asJSON = []string{"Content-Type", "application/json"}

// answers returns a handler that answers with a value.
func answers(value any) proapi.Handler {
	return func(*proapi.Request) (any, error) { return value, nil }
}
