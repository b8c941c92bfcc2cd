package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session"
)

// beat is how often a stream says something.
const beat = time.Second

// events streams server-sent events (https://html.spec.whatwg.org/#server-sent-events) until the session ends: it is logged
// out, renewed or revoked, here or on another machine, or it expires.
func events(stopping <-chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if s.UserID() == "" {
			w.WriteHeader(http.StatusNoContent) // which tells a browser not to try again
			return
		}
		ended := s.Done()
		w.Header().Set("Content-Type", "text/event-stream")
		out := http.NewResponseController(w)
		send := func(event string, data any) bool {
			_ = out.SetWriteDeadline(time.Now().Add(10 * time.Second)) // instead of the server's, which is for pages
			_, err := fmt.Fprintf(w, "event: %s\ndata: %v\n\n", event, data)
			return err == nil && out.Flush() == nil
		}
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for n := 1; send("beat", n); n++ {
			select {
			case <-ticker.C:
			case <-ended:
				send("end", "session")
				return
			case <-stopping:
				return // the browser tries again until we are back
			case <-r.Context().Done():
				return
			}
		}
	})
}
