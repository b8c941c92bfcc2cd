package proapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/proapi-go/proapi/session"
)

// An HTTPError is an error that the client is told: its status and message are the response, as the JSON object
// {"error": message}.
type HTTPError struct {
	Status  int    // from 400 to 599
	Message string // for the client
	Cause   error  // not for the client; logged where Status is 500 or more
}

// Error returns an *HTTPError for a handler to return. The client is told the message, so it says nothing that the client
// must not know.
//
//	return nil, proapi.Error(http.StatusUnauthorized, "Invalid credentials")
func Error(status int, message string) error { return &HTTPError{Status: status, Message: message} }

// Error returns the status and the message.
func (e *HTTPError) Error() string {
	return fmt.Sprintf("proapi: %d %s: %s", e.Status, http.StatusText(e.Status), e.Message)
}

// Unwrap returns the cause.
func (e *HTTPError) Unwrap() error { return e.Cause }

// outcome returns what a handler's value or error is answered with.
func (a *App) outcome(req *Request, value any, err error) reply {
	if a.sessions == nil && usedInVain(req.Session) {
		err = session.ErrDisabled
	}
	if err == nil {
		err = req.formErr
	}
	if err == nil {
		var answer reply
		if answer, err = encode(value); err == nil {
			return answer
		}
	}
	return a.failure(req.Request, err)
}

// usedInVain reports whether a handler has used the session of an application without sessions. One that it did not use
// must not be asked: Err would be a use.
func usedInVain(s *session.Session) bool {
	return session.Used(s) && errors.Is(s.Err(), session.ErrDisabled)
}

// failure returns what an error is answered with, and logs those that are the server's.
func (a *App) failure(r *http.Request, err error) reply {
	told := told(err)
	if told.Status >= http.StatusInternalServerError && !errors.Is(err, session.ErrUnavailable) { // which its engine logs
		a.log.LogAttrs(r.Context(), slog.LevelError, "proapi: request failed", slog.String("method", r.Method),
			slog.String("pattern", r.Pattern), slog.Int("status", told.Status), slog.Any("error", logged(err)))
	}
	return errorReply(told.Status, told.Message)
}

// told returns what the client is told of an error.
func told(err error) *HTTPError {
	if e, ok := errors.AsType[*HTTPError](err); ok && e.Status >= 400 && e.Status <= 599 {
		return e
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(err)
	}
	if errors.Is(err, session.ErrUnavailable) {
		return &HTTPError{Status: http.StatusServiceUnavailable, Message: http.StatusText(http.StatusServiceUnavailable)}
	}
	return &HTTPError{Status: http.StatusInternalServerError, Message: http.StatusText(http.StatusInternalServerError)}
}

// logged returns the error with its cause, which an HTTPError does not print itself.
func logged(err error) error {
	if e, ok := errors.AsType[*HTTPError](err); ok && e.Cause != nil {
		return fmt.Errorf("%w: %w", err, e.Cause)
	}
	return err
}

func tooLarge(cause error) *HTTPError {
	return &HTTPError{Status: http.StatusRequestEntityTooLarge, Message: "the request's body is too large", Cause: cause}
}

func errorReply(status int, message string) reply {
	answer, _ := encodeJSON(Map{"error": message}) // a string always has a JSON form
	answer.status = status
	return answer
}

// writeError answers an error that did not come from a Handler. What the header says of another body is removed.
func writeError(w http.ResponseWriter, r *http.Request, status int, message string) {
	for _, name := range [...]string{"Content-Encoding", "Content-Range", "Etag", "Last-Modified"} {
		w.Header().Del(name)
	}
	errorReply(status, message).write(w, r)
}
