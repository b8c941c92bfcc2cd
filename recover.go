package proapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// recover, deferred, answers a panic with a 500 and logs it with its stack. Where the response has begun already, the
// connection is cut, so that the client does not take a part for the whole; http.ErrAbortHandler asks for that.
func (a *App) recover(w *response, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler { //nolint:errorlint // a sentinel that is panicked with is compared as net/http does
		panic(cause)
	}
	a.log.LogAttrs(r.Context(), slog.LevelError, "proapi: handler panicked", slog.String("method", r.Method),
		slog.String("panic", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	if w.begun {
		panic(http.ErrAbortHandler)
	}
	w.Header().Del("Cache-Control") // it was for the answer that did not come
	writeError(w, r, http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
}
