package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session"
)

// An update is what moves on the first page, by the IDs of its elements: their texts, and the paths of the lines.
type update struct {
	Text  map[string]string `json:"text"`
	Path  map[string]string `json:"path"`
	State map[string]string `json:"state"`
}

// live answers with a stream of events (https://html.spec.whatwg.org/multipage/server-sent-events.html), one with every
// sample. It ends with the session that was asked whether this request is authorised, with the Handler, and when the server
// is shut down, which would wait for it.
func (h *Handler) live(w http.ResponseWriter, r *http.Request) {
	ended, err := h.streams.join(r)
	if err != nil {
		h.fail(w, r, http.StatusServiceUnavailable, "The server is stopping.")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // of nginx
	if r.Method == http.MethodHead {
		return
	}
	if _, err := io.WriteString(w, "retry: 1000\n"); err != nil { // milliseconds, before a browser connects again
		return
	}
	d, revoked := h.rangeOf(r), endOf(r)
	for {
		samples, bounds, changed := h.samples(r.Context(), d)
		if h.send(w, newUpdate(tiles(samples, bounds, d), draw(samples, bounds, d, h.options.Interval))) != nil {
			return
		}
		select {
		case <-changed:
		case <-revoked:
			return
		case <-ended:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// endOf returns a channel that is closed at the end of the session to which the request is known. It is nil where there is
// none: the application knows it otherwise.
func endOf(r *http.Request) <-chan struct{} {
	s := session.From(r.Context())
	if !session.Used(s) || s.Err() != nil || s.IsNew() {
		return nil
	}
	return s.Done()
}

// send sends one event. A client that has not read it by the time the next but some are due has gone.
func (h *Handler) send(w http.ResponseWriter, u update) error {
	data, err := json.Marshal(u)
	if err != nil {
		return err
	}
	to := http.NewResponseController(w)
	_ = to.SetWriteDeadline(time.Now().Add(10*time.Second + 2*h.options.Interval)) // some writers have none
	if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
		return err
	}
	return to.Flush()
}

func newUpdate(tiles []tile, charts []chart) update {
	u := update{Text: map[string]string{}, Path: map[string]string{}, State: map[string]string{}}
	for _, t := range tiles {
		u.Text["tile-"+t.ID], u.Text["note-"+t.ID] = t.Figure, t.Note
		if t.State != "" {
			u.State["state-"+t.ID] = t.State
		}
	}
	for _, c := range charts {
		u.Text["top-"+c.ID], u.Text["middle-"+c.ID], u.Text["words-"+c.ID] = c.Top, c.Middle, c.Summary
		for _, l := range c.Lines {
			u.Text["figure-"+l.ID], u.Path["line-"+l.ID] = l.Now, l.Path
			if len(c.Lines) == 1 {
				u.Path["area-"+l.ID] = l.Area
			}
		}
	}
	return u
}

// streams are the live figures that browsers follow.
type streams struct {
	mu      sync.Mutex
	closed  bool
	servers map[*http.Server]chan struct{} // closed when the server is shut down; nil is the key for those without a server
}

// join returns a channel that is closed when the streams of the request's server have to end.
func (s *streams) join(r *http.Request) (<-chan struct{}, error) {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, http.ErrServerClosed
	}
	ended := s.servers[server]
	if ended == nil {
		if s.servers == nil {
			s.servers = make(map[*http.Server]chan struct{})
		}
		ended = make(chan struct{})
		s.servers[server] = ended
		if server != nil {
			server.RegisterOnShutdown(func() { s.leave(server) })
		}
	}
	return ended, nil
}

// leave ends the streams of a server.
func (s *streams) leave(server *http.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ended := s.servers[server]; ended != nil {
		close(ended)
		delete(s.servers, server)
	}
}

// close ends all streams.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for server, ended := range s.servers {
		close(ended)
		delete(s.servers, server)
	}
}
