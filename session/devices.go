package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
	"unique"
)

// A Device is one of a user's sessions, as he, or an administrator, is shown it (OWASP ASVS 5.0, 7.5.2).
type Device struct {
	Handle  string // names the session to Revoke, and in the log; it is no token, and none can be made from it
	User    string
	Current bool // it is the session of the request that asks

	CreatedAt       time.Time
	AuthenticatedAt time.Time // of the last Login; zero where there was none
	SeenAt          time.Time // when it was last used, to the resolution of Options.SeenInterval
	ExpiresAt       time.Time // if it is not used again

	Address string // from which the user logged in, "" where that is not recorded
	Client  string // with what, in words such as "Firefox on Windows"; "" where that is not known

	DeviceBound bool // the session is worth nothing on another device, see Options.Binding

	key   unique.Handle[Key] // the store's
	login string             // names the Login; good for nothing else
}

// ErrNotListed is the error of a store that cannot tell whose sessions it holds: it is no [Lister].
var ErrNotListed = errors.New("session: the store cannot list sessions by user")

// Devices returns the user's sessions, the one used last first. Which of them is that of the request is known by the
// context, which is the request's.
func (m *Manager) Devices(ctx context.Context, user string) ([]Device, error) {
	var devices []Device
	for d, err := range m.sessionsOf(ctx, user) {
		if err != nil {
			return nil, err
		}
		devices = append(devices, d.Device)
	}
	slices.SortFunc(devices, func(a, b Device) int {
		return cmp.Or(b.SeenAt.Compare(a.SeenAt), b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.Handle, b.Handle))
	})
	return devices, nil
}

// Revoke ends the one of the user's sessions that the handle names. ErrNotFound says that he has no such session (any
// more), whether or not another user has.
func (m *Manager) Revoke(ctx context.Context, user, handle string) error {
	for d, err := range m.sessionsOf(ctx, user) {
		if err != nil {
			return err
		}
		if d.Handle == handle {
			return m.revokeLogin(ctx, d)
		}
	}
	return ErrNotFound
}

// RevokeDevice ends the session that a list named: of Devices, or of All, whoever's it is. It is no error that the session
// has ended meanwhile; ErrNotFound is that of a Device which is of no list.
func (m *Manager) RevokeDevice(ctx context.Context, d Device) error {
	if d.key == (unique.Handle[Key]{}) {
		return ErrNotFound
	}
	return m.revokeLogin(ctx, device{Device: d, key: d.key.Value()})
}

// revokeLogin ends a session, and what it may be renewed to at this moment.
func (m *Manager) revokeLogin(ctx context.Context, d device) error {
	const what = "one session"
	failed := m.stampLogin(ctx, d.login)
	err := m.revoke(ctx, d, what)
	if _, lists := m.store.(Lister); err == nil && lists && d.login != "" {
		_, err = m.revokeUser(ctx, d.User, what, func(other device) bool { return other.login == d.login && other.key != d.key })
	}
	return errors.Join(failed, err)
}

// RevokeOthers ends all sessions of the user but that of the request whose context it is, as after a change of password
// (OWASP ASVS 5.0, 7.4.3), and returns how many these were. A login of his that is under way in another request is
// refused.
func (m *Manager) RevokeOthers(ctx context.Context, user string) (int, error) {
	s := From(ctx)
	current, login, err := s.current()
	if err != nil {
		return 0, err
	}
	revoked, failed := m.stampUser(ctx, user, login)
	s.spare(revoked)
	n, err := m.revokeUser(ctx, user, "all others", func(d device) bool { return d.key != current })
	return n, errors.Join(failed, err)
}

// RevokeUser ends all sessions of the user, as when an account is closed (OWASP ASVS 5.0, 7.4.2), and returns how many
// these were. A login of his that is under way is refused, also one in the request that calls this: where that is to stay,
// call RevokeOthers.
func (m *Manager) RevokeUser(ctx context.Context, user string) (int, error) {
	_, failed := m.stampUser(ctx, user, "")
	n, err := m.revokeUser(ctx, user, "all sessions", func(device) bool { return true })
	return n, errors.Join(failed, err) // what can be ended has ended, also where a full store takes no stamp
}

// RevokeAll ends everybody's sessions: those that began before now, on every node whose clock is not more than 10 seconds
// ahead of this one's. That costs one save, however many sessions there are; other nodes know within a second, and what
// began on them meanwhile ends as well. A node that has had no requests since may take a login in these 10 seconds for one that was
// under way: it has to be made again. It needs no [Lister].
func (m *Manager) RevokeAll(ctx context.Context) error {
	cut, err := stamp{at: m.clock.now().after(epochMargin)}.save(ctx, m.store, epochKey, epochLife)
	if err != nil {
		return m.unable("revoke", err)
	}
	m.epoch.raise(cut, m.clock.now())
	m.observe.event(ctx, EventRevoked, Key{}, "", "everybody's sessions")
	m.ends.lookAt(ctx, m, false)
	return nil
}

// All yields every session that the store lists, in no order, for administration. It costs in proportion to their number.
func (m *Manager) All(ctx context.Context) iter.Seq2[Device, error] {
	return told(m.listed(ctx, func(l Lister) iter.Seq2[Entry, error] { return l.List(ctx) }))
}

// AllOf yields the user's sessions, in no order: Devices without a list in memory, for a user who may have very many.
func (m *Manager) AllOf(ctx context.Context, user string) iter.Seq2[Device, error] {
	return told(m.sessionsOf(ctx, user))
}

// Handle returns the handle of the session that a store keeps under key.
func Handle(key Key) string {
	sum := sha256.Sum256(append([]byte("handle\x00"), key[:]...))
	return hex.EncodeToString(sum[:8])
}

func (m *Manager) revokeUser(ctx context.Context, user, what string, which func(device) bool) (int, error) {
	n := 0
	for d, err := range m.kept(ctx, ofUser(ctx, user)) {
		if err != nil {
			return n, err
		}
		if !which(d) {
			continue
		}
		if err := m.revoke(ctx, d, what); err != nil {
			return n, err
		}
		if !d.cut {
			n++
		}
	}
	return n, nil
}

// stampUser says that the user's sessions are revoked, but those of one login, and returns up to when.
func (m *Manager) stampUser(ctx context.Context, user, spared string) (moment, error) {
	until, err := stamp{at: m.clock.now(), spared: spared}.save(ctx, m.store, userEpochKey(user), userEpochLife)
	if err != nil {
		return 0, m.unable("revoke", err)
	}
	return until, nil
}

// stampLogin says that the sessions of a login are revoked.
func (m *Manager) stampLogin(ctx context.Context, login string) error {
	if login == "" { // its values do not open, and so it cannot be renewed
		return nil
	}
	if _, err := (stamp{at: m.clock.now()}).save(ctx, m.store, loginKey(login), userEpochLife); err != nil {
		return m.unable("revoke", err)
	}
	return nil
}

func (m *Manager) revoke(ctx context.Context, d device, what string) error {
	if err := m.delete(ctx, d.key, m.tokenEnd(m.clock.now())); err != nil {
		return m.unable("revoke", err)
	}
	m.observe.event(ctx, EventRevoked, d.key, d.User, what)
	return nil
}

// unable is the error of what the store could not do.
func (m *Manager) unable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}

// current returns the store's key of the request's session, and the name of its login, zero where nothing is stored for it.
func (s *Session) current() (key Key, login string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil && !errors.Is(err, ErrDisabled) {
		return Key{}, "", err
	}
	login = decoded[string](s.values, keyLogin)
	if s.was.version == 0 {
		return Key{}, login, nil
	}
	return s.key, login, nil
}

// spare lets a login of this request stay though it began before the user's sessions were revoked: it is the one that
// revokes them.
func (s *Session) spare(revoked moment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working().spared = revoked
}
