package session

import (
	"context"
	"errors"
	"slices"
	"time"
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

// mayStay looks, once a session is stored under a new ID, whether its user's sessions were revoked meanwhile: who revoked
// them did not see this one. A login may stay that began later; what was only renewed, if its login was later.
func (m *Manager) mayStay(ctx context.Context, s *Session) error {
	if _, lists := m.store.(Lister); !lists || s.user == "" {
		return nil
	}
	revoked, err := readStamp(ctx, m.store, userEpochKey(s.user))
	if err != nil {
		return err
	}
	since, login := at(decoded[time.Time](s.values, keyAuthenticated)), decoded[string](s.values, keyLogin)
	logsIn := s.logsIn()
	if logsIn {
		since = s.began
	}
	if since <= revoked.at && revoked.at > s.working().spared && (login == "" || login != revoked.spared) {
		return ErrEnded
	}
	if logsIn || login == "" {
		return nil
	}
	revoked, err = readStamp(ctx, m.store, loginKey(login))
	if err == nil && revoked.at > 0 {
		return ErrEnded
	}
	return err
}

// keepWithin ends, once a login is stored, what a user has too many of: the oldest logins, or, with RefuseLogin, the newest.
// Logins that were under way at the same time did not see each other before; now each judges by the same order, so that the
// same ones stay whoever looks last.
func (m *Manager) keepWithin(ctx context.Context, s *Session) error {
	if m.options.MaxSessionsPerUser == 0 {
		return nil
	}
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
	losers, refusal := all[:excess], ErrEnded
	if m.options.RefuseLogin {
		losers, refusal = all[len(all)-excess:], ErrTooManySessions
	}
	return m.lose(ctx, s, losers, refusal)
}

// lose ends the sessions that are too many. Where one of them is the request's own, its login fails with refusal.
func (m *Manager) lose(ctx context.Context, s *Session, losers []device, refusal error) error {
	var err error
	for _, d := range losers {
		if d.key == s.key {
			m.observe.event(ctx, EventExcess, s.key, s.user, "login refused")
			err = refusal
		} else if err := m.revoke(ctx, d, "excess"); err != nil {
			return err
		}
	}
	return err
}
