package session

// Done returns a channel that is closed when the session ends: logged out, destroyed, cleared or renewed by another
// request, revoked, or expired. It is for handlers that go on for long, of a WebSocket or an event stream:
//
//	for {
//		select {
//		case <-r.Session.Done():
//			return
//		case e := <-events:
//			...
//		}
//	}
//
// On this node that is at once. Where another node ended the session it is within a second, and at once where the store
// is a [Notifier] whose connection stands. A session that was renewed goes on under another ID, with which the client
// comes again. The channel is closed already where nothing is stored for the visitor, or the session could not be loaded.
//
// Waiting ends with the request, unless its connection was hijacked.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil || s.was.version == 0 || s.marked().cleared || s.stale {
		return hasEnded
	}
	w := s.working()
	if w.wait == nil {
		s.ending.real(s.source()) // so that over knows
		w.wait = s.m.ends.wait(s.m, s.key)
		s.m.ends.check(s.context(), s.m, w.wait) // it may have ended since it was loaded
	}
	return w.wait.ended
}

// hasEnded is closed.
var hasEnded = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// over ends the request: its context, and its waiting for the session's end.
func (s *Session) over() {
	if awaited := s.ending.end(s.source(), nil); !awaited {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.work; w != nil && w.wait != nil && !w.outlive {
		s.m.ends.leave(w.wait)
	}
}

// keepWaiting makes what waits for the session's end outlive the request.
func (s *Session) keepWaiting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working().outlive = true
}
