package session

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
)

var (
	// ErrDisabled is the error of a session in a request that has none: sessions are not enabled, or no middleware of a
	// Manager stands before the handler.
	ErrDisabled = errors.New("session: sessions are not enabled here: with proapi set Options.EnableSessions, " +
		"with net/http wrap the handler in Manager.Middleware")

	// ErrEnded is the error of a change that came too late: the session was logged out, renewed, revoked or expired while
	// the request was being handled, so the change was not stored. The client gets a 409.
	ErrEnded = errors.New("session: the session ended while the request was being handled")

	// ErrFrozen is logged for a change after the first byte of the response, which is not stored.
	ErrFrozen = errors.New("session: changed after the response began")

	// ErrUnavailable is the error of a session whose store could not answer; it wraps the store's own. The client gets a
	// 503.
	ErrUnavailable = errors.New("session: store unavailable")
)

// A KeyError says that a session has no value under a key (Value), or that a key cannot be used (Set).
type KeyError struct {
	Key    string
	Reason string // "is not set", "is empty", ...
}

// Error names the key.
func (e *KeyError) Error() string { return fmt.Sprintf("session: key %q %s", e.Key, e.Reason) }

// A TypeError says that a value is not of the type that it was asked for, or that a struct has changed so much that what
// was stored does not fit any more. It concerns that value alone.
type TypeError struct {
	Key  string
	Want reflect.Type // nil where the value was asked for as any
	Err  error        // the codec's; it holds no value
}

// Error names the key and the type.
func (e *TypeError) Error() string {
	if e.Want == nil {
		return fmt.Sprintf("session: the value of %q cannot be decoded", e.Key)
	}
	return fmt.Sprintf("session: the value of %q is not a %s", e.Key, e.Want)
}

// Unwrap returns the codec's error.
func (e *TypeError) Unwrap() error { return e.Err }

// A ValueError says that a value cannot be stored: a channel, a function, a map that holds itself. The session keeps
// what it had, and the request fails.
type ValueError struct {
	Key string
	Err error
}

// Error names the key and the reason.
func (e *ValueError) Error() string {
	return fmt.Sprintf("session: the value of %q cannot be stored: %v", e.Key, e.Err)
}

// Unwrap returns the codec's error.
func (e *ValueError) Unwrap() error { return e.Err }

// A SizeError says that a session would become larger than Options.MaxSize. The session keeps what it had, and the
// request fails.
type SizeError struct {
	Key  string // the key whose value did not fit
	Size int    // bytes that the values would have
	Max  int    // bytes that they may have
}

// Error names the key, the size and the remedy.
func (e *SizeError) Error() string {
	return fmt.Sprintf("session: with %q the session has %d bytes, more than %d: store less, or raise Options.MaxSize",
		e.Key, e.Size, e.Max)
}

// statusOf returns the status with which a request fails for err.
func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrEnded), errors.Is(err, ErrTooManySessions):
		return http.StatusConflict
	case errors.Is(err, ErrUnavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
