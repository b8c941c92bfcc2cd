package session

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
)

// The writers that like chooses from. Each is the one writer with just the further methods that its server has.
type (
	flushWriter struct{ *writer }
	http1Writer struct{ *writer }
	http2Writer struct{ *writer }
)

// CloseNotify tells when the client has gone, as the request's context does. It is deprecated (http.CloseNotifier), and Gin
// takes for granted that a writer has it.
func (w *writer) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc((*requestContext)(w), func() { gone <- true })
	return gone
}

// Flush sends what was written.
func (w flushWriter) Flush() { w.flush() }

// Flush sends what was written.
func (w http1Writer) Flush() { w.flush() }

// Hijack stores the session and hands the connection over.
func (w http1Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

// ReadFrom sends what r has, from a file without copying it through the program.
func (w http1Writer) ReadFrom(r io.Reader) (int64, error) { return w.readFrom(r) }

// Flush sends what was written.
func (w http2Writer) Flush() { w.flush() }

// Push starts a push (RFC 9113, section 8.4).
func (w http2Writer) Push(target string, o *http.PushOptions) error {
	p, ok := w.ResponseWriter.(http.Pusher)
	if !ok {
		return http.ErrNotSupported
	}
	return p.Push(target, o)
}

var (
	_ http.Flusher  = flushWriter{}
	_ http.Hijacker = http1Writer{}
	_ io.ReaderFrom = http1Writer{}
	_ http.Pusher   = http2Writer{}
)
