package session

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
)

// A writer holds back the first byte of a response until the session is stored, and replaces the whole response where it
// cannot be.
type writer struct {
	http.ResponseWriter
	*visit
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader stores the session, and then sends the header.
func (w *writer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.session.closed {
		if !w.session.refused {
			w.ResponseWriter.WriteHeader(status) // for the server's complaint
		}
		return
	}
	if w.settle(status) {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write stores the session before the first byte.
func (w *writer) Write(b []byte) (int, error) {
	w.begin()
	if w.session.refused {
		return len(b), nil // the handler's answer goes nowhere
	}
	return w.ResponseWriter.Write(b)
}

// WriteString stores the session before the first byte.
func (w *writer) WriteString(s string) (int, error) {
	w.begin()
	if w.session.refused {
		return len(s), nil
	}
	return io.WriteString(w.ResponseWriter, s)
}

// begin stores the session, where no header has gone. The server sends one.
func (w *writer) begin() {
	if !w.session.closed {
		w.settle(http.StatusOK)
	}
}

// settle stores the session and reports whether the handler's response may go out.
func (w *writer) settle(status int) bool {
	err := w.session.finish(w.Header(), status)
	if err != nil {
		w.refuse(err)
	}
	return err == nil
}

// refuse answers for an error of the session.
func (w *writer) refuse(err error) {
	w.session.refused = true
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		w.session.m.observe.failed(w.session.context(), err)
	}
	h := w.Header()
	dropAnswer(h)
	h.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.session.m.options.OnError(w.ResponseWriter, &w.request, status, err)
	w.session.ending.end(w.session.source(), err) // a handler that streams need not go on
}

// dropAnswer removes what the handler said of its answer. What stays says nothing of it: how to connect, who may read,
// what browsers must not do.
func dropAnswer(h http.Header) {
	for name := range h {
		switch {
		case strings.HasPrefix(name, "Access-Control-"), strings.HasPrefix(name, "Cross-Origin-"):
		case name == "Vary", name == "Date", name == "Connection", name == "Strict-Transport-Security",
			name == "Content-Security-Policy", name == "X-Content-Type-Options", name == "X-Frame-Options",
			name == "Referrer-Policy", name == "Permissions-Policy", name == "X-Request-Id", name == "Traceresponse":
		default:
			delete(h, name)
		}
	}
}

// like returns w with the abilities that the server's writer has: handlers ask for them with type assertions. HTTP/1
// can flush, hijack and read from files, HTTP/2 can flush and push, and a test's recorder can flush.
func (w *writer) like(server http.ResponseWriter) http.ResponseWriter {
	if _, flushes := server.(http.Flusher); !flushes {
		return w
	}
	if _, hijacks := server.(http.Hijacker); hijacks {
		return http1Writer{w}
	}
	if _, pushes := server.(http.Pusher); pushes {
		return http2Writer{w}
	}
	return flushWriter{w}
}

func (w *writer) flush() {
	w.begin()
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush() // where it is refused, the error
	}
}

func (w *writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	h, ok := w.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, http.ErrNotSupported
	}
	if !w.session.closed && !w.settle(http.StatusSwitchingProtocols) {
		return nil, nil, w.session.Err()
	}
	conn, buf, err := h.Hijack()
	if err == nil {
		w.session.keepWaiting()
	}
	return conn, buf, err
}

func (w *writer) readFrom(r io.Reader) (int64, error) {
	w.begin()
	if w.session.refused {
		return io.Copy(io.Discard, r)
	}
	return io.Copy(w.ResponseWriter, r)
}
