package session

// work is what only a request that changes something, or fails, or waits for the session's end, needs.
type work struct {
	marks

	moved   uint32  // version of the record stored under the new ID so far
	err     error   // the first failure; the request fails with it
	loaded  content // the user, and once a watched key is changed, the values, which may have changes of other keys
	sum     uint64  // of the values that were loaded
	changes []change
	room    [1]change // most change one value
	short   [8]byte   // and that is often a number
	commit  storeContext
	wait    *waiter // of Done
	spared  moment  // when this request revoked the sessions of its user, but its own
}

// marks are what work notes.
type marks struct {
	apart    bool // content may be other than what was loaded, of which work keeps what is needed
	dirty    bool // and a change has changed something
	renewed  bool // a new ID is due
	cleared  bool // the loaded record is to be deleted; what was changed since is a new session
	leaving  bool // Destroy: and if nothing was changed since, the client forgets its cookie
	watched  bool // a key of Options.RenewOn was changed
	binds    bool // a login is to be bound to its device
	wrote    bool // the session was alive a moment ago: something was stored under its ID
	adopting bool // it is being filled with what another library's session had
	outlive  bool // the waiting of Done goes on after the request: its connection was hijacked
}

// failure returns the error with which the request fails, nil where it does not.
func (s *Session) failure() error {
	if s.work == nil {
		return nil
	}
	return s.work.err
}

// working returns what only a request that changes something, or fails, needs.
func (s *Session) working() *work {
	if s.work == nil {
		s.work = &work{}
	}
	return s.work
}

// marked returns what is noted, nothing where there is no work.
func (s *Session) marked() (noted marks) {
	if s.work != nil {
		noted = s.work.marks
	}
	return noted
}

// changes returns what the handler changed.
func (s *Session) changes() []change {
	if s.work == nil {
		return nil
	}
	return s.work.changes
}

// loaded returns what was loaded: the user, and of the values those of watched keys.
func (s *Session) loaded() content {
	if s.marked().apart {
		return s.work.loaded
	}
	return s.content
}
