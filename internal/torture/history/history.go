// Package history checks what clients were told of their sessions against what a session is.
//
// Clients write down every request and its answer; [History.Check] looks for an order of the requests, each at some moment
// between its beginning and its end, in which a single session, changed by one request after the other, would have given the
// same answers (linearizability, by github.com/anishathalye/porcupine). Where there is none, an update was lost, a session
// came back after its end, a change was seen and then not any more, or some other promise was broken.
//
// A request that was not answered may have had its effect at any time since, or may have it later, or never.
package history

import (
	"sync"
	"time"
)

// A Kind is what a request does with its session.
type Kind uint8

// The kinds of requests.
const (
	Begin     Kind = iota // makes the session, and logs a user in
	Look                  // changes nothing
	Set                   // gives one of the values a number
	Delete                // removes one of the values
	Count                 // adds one, by session.Modify
	Renew                 // gives the session a new token
	Login                 // logs the user in again: a new token, too
	Logout                // ends it
	Clear                 // ends it, too; what the request sets afterwards is another session
	Revoke                // ends every session of the user, from outside
	RevokeAll             // ends everybody's
)

var kindNames = [...]string{"begin", "look", "set", "delete", "count", "renew", "login", "logout", "clear", "revoke", "revoke-all"}

// String returns the kind's name.
func (k Kind) String() string { return kindNames[k] }

// A Verdict is how a request was answered.
type Verdict uint8

// The verdicts.
const (
	Unknown Verdict = iota // not, or by an error that leaves open what was done
	Done                   // with success
	Gone                   // there was no such session when the request looked
	Ended                  // it ended before the request could change it
)

var verdictNames = [...]string{"unknown", "done", "gone", "ended"}

// String returns the verdict's name.
func (v Verdict) String() string { return verdictNames[v] }

// Slots is how many values a session may have besides its counter.
const Slots = 3

// Processes is how many processes the clients may talk to at the most.
const Processes = 4

// Content is what a request found in its session.
type Content struct {
	User   string
	Count  int
	Values [Slots]int // 0 is none
}

// A Token stands for the text of a token. No session has the token 0.
type Token int

// A Request is a request and how it was answered.
type Request struct {
	Session int // the session in whose history it belongs; that of a revocation is of no account
	Client  int
	Process int // that answered
	Kind    Kind
	Token   Token  // that the client sent
	User    string // of Begin, Login and Revoke; "" is nobody
	Slot    int    // of Set and Delete
	Value   int    // of Set

	Verdict Verdict
	Looked  bool    // Saw is what it found
	Saw     Content // before its own change
	New     Token   // that the client got; 0 is none

	Start, End time.Duration            // since some moment that all clients know
	Heard      [Processes]time.Duration // of RevokeAll: by when each process knows; 0 where it does so by the end
}

// A History is what clients write down. It is safe for concurrent use; the zero value is empty.
type History struct {
	mu       sync.Mutex
	sessions map[int][]Request
	revoked  []Request // of users and of everybody: each ends what several sessions' histories are about
	counts   Counts
}

// Counts say what a history is made of.
type Counts struct {
	Sessions int
	Requests int
	Verdicts [4]int // by verdict
}

// Add writes down a request. One whose effect is not known and cannot be any, a look, is counted and left out.
func (h *History) Add(r Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions == nil {
		h.sessions = map[int][]Request{}
	}
	h.counts.Requests++
	h.counts.Verdicts[r.Verdict]++
	switch {
	case r.Verdict == Unknown && r.Kind == Look:
		return
	case r.Kind == Revoke, r.Kind == RevokeAll:
		h.revoked = append(h.revoked, r)
		return
	}
	h.sessions[r.Session] = append(h.sessions[r.Session], r)
}

// Counts returns what there is so far.
func (h *History) Counts() Counts {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts := h.counts
	counts.Sessions = len(h.sessions)
	return counts
}
