package session

import (
	"context"
	"errors"
	"slices"
)

// ErrTooManySessions is the error of a login of a user who has as many sessions as Options.MaxSessionsPerUser allows, with
// RefuseLogin. The client gets a 409.
var ErrTooManySessions = errors.New("session: the user has as many sessions as are allowed")

// logsIn reports whether the request calls Login, and so has a user's new session to store.
func (s *Session) logsIn() bool {
	return slices.ContainsFunc(s.changes(), func(ch change) bool { return ch.op == opLogin })
}

// mayLogIn refuses a login, before anything is stored, where the user has too many sessions already. The session that the
// request came with does not count: the login ends it.
func (m *Manager) mayLogIn(ctx context.Context, s *Session) error {
	if !m.options.RefuseLogin || m.options.MaxSessionsPerUser == 0 {
		return nil
	}
	n := 0
	for d, err := range m.sessionsOf(ctx, s.user) {
		if err != nil {
			return err
		}
		if d.key != s.key {
			n++
		}
	}
	if n < m.options.MaxSessionsPerUser {
		return nil
	}
	m.observe.event(ctx, EventExcess, s.key, s.user, "login refused")
	return ErrTooManySessions
}

// afterLogin looks, once a login is stored under key, whether it may stay: two that were under way at the same time did
// not see each other, and a revocation of the user's sessions did not see this one.
func (m *Manager) afterLogin(ctx context.Context, s *Session) error {
	if _, lists := m.store.(Lister); !lists {
		return nil
	}
	cut, err := readStamp(ctx, m.store, userEpochKey(s.user))
	if err != nil {
		return err
	}
	if s.loads.began <= cut {
		return ErrEnded
	}
	if m.options.MaxSessionsPerUser == 0 {
		return nil
	}
	return m.keepWithin(ctx, s)
}

// keepWithin ends what a user has too many of: the oldest logins, or, with RefuseLogin, the newest.
func (m *Manager) keepWithin(ctx context.Context, s *Session) error {
	var all []device
	for d, err := range m.sessionsOf(ctx, s.user) {
		if err != nil {
			return err
		}
		all = append(all, d)
	}
	excess := len(all) - m.options.MaxSessionsPerUser
	if excess <= 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b device) int {
		if n := a.AuthenticatedAt.Compare(b.AuthenticatedAt); n != 0 {
			return n
		}
		return slices.Compare(a.key[:], b.key[:])
	})
	if m.options.RefuseLogin {
		if slices.ContainsFunc(all[len(all)-excess:], func(d device) bool { return d.key == s.key }) {
			m.observe.event(ctx, EventExcess, s.key, s.user, "login refused")
			return ErrTooManySessions
		}
		return nil
	}
	for _, d := range all[:excess] {
		if d.key == s.key {
			continue
		}
		if err := m.revoke(ctx, d, "excess"); err != nil {
			return err
		}
	}
	return nil
}
