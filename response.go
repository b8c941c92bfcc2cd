package proapi

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// A response remembers whether its first byte has left, after which a panic cannot be answered any more. What the
// server's own writer can do besides passes through it.
type response struct {
	http.ResponseWriter

	begun bool
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader passes the status on. Informational ones (1xx) do not begin the response, but 101 is its last.
func (w *response) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.begun = true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// ReadFrom lets the server send a file without copying it through memory.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	w.begun = true
	return io.Copy(w.ResponseWriter, src)
}

// Flush is FlushError for those who assert http.Flusher.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError sends what is written so far, the header at least.
func (w *response) FlushError() error {
	w.begun = true
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack hands the connection over, where the server can (HTTP/1 alone).
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.begun = w.begun || err == nil
	return conn, buffered, err
}
