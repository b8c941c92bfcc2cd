package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// A ViolationError is a session that no order of its requests explains.
type ViolationError struct {
	Session  int
	Requests []string // in the order in which they began
	Reached  int      // how many steps the longest explanation has
}

// Error shows the requests of the session.
func (v *ViolationError) Error() string {
	return fmt.Sprintf("session %d: no order explains what its clients were told (%d steps of the longest try):\n  %s",
		v.Session, v.Reached, strings.Join(v.Requests, "\n  "))
}

// patience is how long one session is looked at: most take a millisecond.
const patience = 20 * time.Second

// Check returns the sessions whose histories nothing explains, and how many were too tangled to tell.
func (h *History) Check() (violations []*ViolationError, undecided int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var revoked revocations
	slices.SortFunc(h.revoked, inOrder)
	for _, r := range h.revoked {
		revoked.add(r)
	}
	for id, requests := range h.sessions {
		ops := events(requests, revoked.of(requests))
		result, info := porcupine.CheckOperationsVerbose(model(), ops, patience)
		switch result {
		case porcupine.Ok:
		case porcupine.Unknown:
			undecided++
		case porcupine.Illegal:
			violations = append(violations, describe(id, ops, info))
		}
	}
	slices.SortFunc(violations, func(a, b *ViolationError) int { return a.Session - b.Session })
	return violations, undecided
}

func describe(id int, ops []porcupine.Operation, info porcupine.LinearizationInfo) *ViolationError {
	v := &ViolationError{Session: id}
	for _, partial := range info.PartialLinearizations() {
		for _, steps := range partial {
			v.Reached = max(v.Reached, len(steps))
		}
	}
	slices.SortStableFunc(ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	for _, op := range ops {
		v.Requests = append(v.Requests, op.Input.(event).String())
	}
	return v
}
