package session

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Stats are what a Manager has counted since it was made. All of them only grow.
type Stats struct {
	Loads   uint64 // records that the store was asked for and told of, those included that it does not have
	Commits uint64 // saves that took effect; a new ID takes two of them
	Deletes uint64 // sessions that the store was told to end, and ended

	// The events of these names (see Event).
	Created, Renewed, Logins, Logouts, Revoked, Expired, Broken, Bound, Excess uint64

	Unproven uint64 // requests with a good cookie that did not prove to come from the session's device

	// Rejected are the cookies that were no token of ours, by what was wrong with them: "malformed", "version", "key",
	// "signature", "expired" (counted in Expired as well), "future" and "ambiguous", two that verify. Every reason is there,
	// also where it is 0.
	Rejected map[string]uint64

	Conflicts   uint64 // saves that another request came before
	Replays     uint64 // times that a request's changes were then made again, on what the other one has stored
	Ended       uint64 // requests whose session ended before they could store their changes: 409
	Unavailable uint64 // loads and commits that the store could not do: 503

	// How long the store took, for each call, whatever came of it. Of a store in this process (memory) one call in 64 is
	// timed, unless Options.OnStoreCall is set: asking for the time takes longer than such a call.
	LoadTime, SaveTime, DeleteTime Histogram
}

// A Histogram says how many calls took how long.
type Histogram struct {
	Bounds []time.Duration // the upper bounds of all buckets but the last, which has none; they belong to their bucket
	Counts []uint64        // by bucket, one more than Bounds; each call is counted in one
	Count  uint64          // of all buckets
	Sum    time.Duration
}

// counters are what is counted besides the calls of the store.
type counters struct {
	created, renewed, logins, logouts, revoked, expired, broken, bound, unproven, excess atomic.Uint64

	rejected [len(tokenFaults)]atomic.Uint64 // by place in tokenFaults

	conflicts, replays, ended, unavailable atomic.Uint64
}

// Stats returns the counters. It costs some microseconds, and may be called at any time.
func (m *Manager) Stats() Stats {
	c := &m.observe.counters
	s := Stats{
		Loads: m.calls.answered(loading), Commits: m.calls.answered(saving), Deletes: m.calls.answered(deleting),
		Created: c.created.Load(), Renewed: c.renewed.Load(), Logins: c.logins.Load(), Logouts: c.logouts.Load(),
		Revoked: c.revoked.Load(), Expired: c.expired.Load(), Broken: c.broken.Load(), Excess: c.excess.Load(),
		Bound: c.bound.Load(), Unproven: c.unproven.Load(),
		Rejected:  make(map[string]uint64, len(tokenFaults)),
		Conflicts: c.conflicts.Load(), Replays: c.replays.Load(), Ended: c.ended.Load(), Unavailable: c.unavailable.Load(),
		LoadTime: m.calls.histogram(loading), SaveTime: m.calls.histogram(saving), DeleteTime: m.calls.histogram(deleting),
	}
	for i, fault := range tokenFaults {
		s.Rejected[fault.Error()] = c.rejected[i].Load()
	}
	return s
}

// event counts an event. One that has no counter is counted elsewhere.
func (c *counters) event(name string) {
	switch name {
	case EventCreated:
		c.created.Add(1)
	case EventRenewed:
		c.renewed.Add(1)
	case EventLogin:
		c.logins.Add(1)
	case EventLogout:
		c.logouts.Add(1)
	case EventRevoked:
		c.revoked.Add(1)
	case EventExpired:
		c.expired.Add(1)
	case EventBroken:
		c.broken.Add(1)
	case EventBound:
		c.bound.Add(1)
	case EventExcess:
		c.excess.Add(1)
	}
}

// reject counts a cookie that is no token.
func (c *counters) reject(reason error) {
	for i, fault := range tokenFaults {
		if errors.Is(reason, fault) {
			c.rejected[i].Add(1)
			return
		}
	}
}

// Usage returns how much the store holds: how many sessions, in how many bytes, and what its sweeps have removed. A few of
// the records that it counts are the engine's own. It returns an error that wraps ErrNotMeasured where the store cannot
// tell, and ErrUnavailable where it could not answer. It costs what the store's own method does (see [Measurer]), so it is
// for a page or a scrape and not for each request; give it a context with a deadline.
func (m *Manager) Usage(ctx context.Context) (Usage, error) {
	measurer, ok := m.store.(Measurer)
	if !ok {
		return Usage{}, fmt.Errorf("session: usage of a %T: %w", m.store, ErrNotMeasured)
	}
	u, err := measurer.Usage(ctx)
	switch {
	case err == nil:
		return u, nil
	case errors.Is(err, ErrNotMeasured):
		return Usage{}, err
	}
	return Usage{}, m.unable("measure", err)
}
