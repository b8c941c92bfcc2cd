package history

import (
	"cmp"
	"slices"
	"time"
)

// revocations are all that there were of users' and of everybody's sessions.
type revocations struct {
	known   []Request     // those that are over, in the order in which they began
	unknown []Request     // those that may have their effect at any time since
	longest time.Duration // of those that are over
}

// add adds one that did not begin before the others.
func (v *revocations) add(r Request) {
	if r.Verdict == Unknown {
		v.unknown = append(v.unknown, r)
		return
	}
	v.known = append(v.known, r)
	v.longest = max(v.longest, r.over()-r.Start)
}

// of returns those that can have ended the session of the requests, in the order in which they began.
func (v *revocations) of(requests []Request) (found []Request) {
	user, first, last := "", requests[0].Start, time.Duration(0)
	for i := range requests {
		r := &requests[i]
		first, last = min(first, r.Start), max(last, r.End)
		if r.Kind == Begin || r.Kind == Login {
			user = max(user, r.User) // they are one and the same, or nobody
		}
	}
	add := func(all []Request) {
		for i := range all {
			r := &all[i]
			if r.Start > last {
				return
			}
			if r.over() >= first && (r.Kind == RevokeAll || r.User == user) {
				found = append(found, *r)
			}
		}
	}
	from, _ := slices.BinarySearchFunc(v.known, first-v.longest, func(r Request, t time.Duration) int { return cmp.Compare(r.Start, t) })
	add(v.known[from:])
	add(v.unknown)
	slices.SortFunc(found, inOrder)
	return thinned(found, requests)
}

// thinned leaves out the revocations that find a session which one of the same kind has ended for certain. It is looked at once
// more at the end of all, after thousands of them.
func thinned(all, requests []Request) (kept []Request) {
	var over [RevokeAll + 1]bool
	for i := range all {
		r := &all[i]
		if over[r.Kind] {
			continue
		}
		kept = append(kept, *r)
		over[r.Kind] = r.Verdict == Done && !slices.ContainsFunc(requests, func(o Request) bool {
			return o.End >= r.Start && (o.Start <= r.over() || o.Kind == Login)
		})
	}
	return kept
}

func inOrder(a, b Request) int { return cmp.Compare(a.Start, b.Start) }

// heard returns by when a process knows of the revocation of everybody's sessions.
func (r *Request) heard(process int) time.Duration {
	if r.Verdict == Unknown {
		return never
	}
	return max(r.End, r.Heard[process])
}

// over returns by when the revocation has had its effect everywhere.
func (r *Request) over() time.Duration {
	over := r.settled()
	for process := range r.Heard {
		over = max(over, r.heard(process))
	}
	return over
}

// during reports whether there was a revocation of the kind, as far as r's process may have known, while r was under way.
func during(r *Request, all []Request, kind Kind) bool {
	return slices.ContainsFunc(all, func(o Request) bool {
		return o.Kind == kind && o.Start <= r.End && max(o.settled(), o.heard(r.Process)) >= r.Start
	})
}
