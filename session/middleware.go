package session

import (
	"net/http"
)

// Middleware gives every request of next its session, which From returns for the request's context:
//
//  1. The cookie is read and its signature checked; no store is asked.
//  2. The first use in the handler loads the session.
//  3. At the first byte of the response, or when the handler returns without one, the changes are stored, and the cookie
//     is set where the client needs it. A 1xx response is not that byte, except 101.
//  4. Where that fails, the client gets what Options.OnError writes and nothing of the handler's: 503 with Retry-After
//     while the store is down, 409 where the session ended meanwhile, 500 for a value that cannot be stored. The handler's
//     context ends, with the error as its cause, so that one that streams stops.
//
// A status of 500 or more, and a panic, store nothing. After the first byte the session is read-only. The
// ResponseWriter that the handler gets flushes, hijacks, pushes and reads from files where the server's does, and
// unwraps for http.ResponseController.
func (m *Manager) Middleware(next http.Handler) http.Handler {
	if m.guard != nil {
		next = m.guard.Handler(next, deviceSession)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{}
		v.session.begin(m, r)
		defer v.session.over()
		v.writer = writer{w, v}
		v.request = *r.WithContext((*requestContext)(&v.writer))
		next.ServeHTTP(v.writer.like(w), &v.request)
		v.writer.begin()
		if form := v.request.MultipartForm; form != nil {
			r.MultipartForm = form // whose files the server removes when its own request has it
		}
	})
}

// A visit is what one request needs, in one piece of memory, which no other request ever uses. Go allocates and collects a
// piece of up to 512 bytes faster than two; one that is larger takes it longer than two.
type visit struct {
	session Session
	request http.Request // the handler's
	writer  writer
}
