package session

import (
	"context"
	"errors"
	"iter"
)

// A Detail is what is known of one session, for administration. It holds what the session holds, which is the visitor's:
// show Held.Value to nobody who need not see it.
type Detail struct {
	Device

	Version uint64 // how often it was stored
	Bytes   int    // of its encoded values
	Held    []Held // by key, sorted; without the engine's own
}

// Held is one value of a session.
type Held struct {
	Key   string
	Bytes int   // of the encoded value
	Value any   // as Get returns it
	Err   error // why it cannot be decoded, nil where it can
}

// Inspect returns what is known of the session that the handle names, whoever's it is. With a user it looks among his
// sessions; with "" among everybody's, one after the other, which costs in proportion to their number. ErrNotFound says that
// there is none by that handle, an error that is not ErrUnavailable that its values do not open.
func (m *Manager) Inspect(ctx context.Context, user, handle string) (Detail, error) {
	d, err := m.find(ctx, user, handle)
	if err != nil {
		return Detail{}, err
	}
	rec, err := m.store.Load(ctx, d.key)
	switch {
	case errors.Is(err, ErrNotFound):
		return Detail{}, ErrNotFound
	case err != nil:
		return Detail{}, m.unable("inspect", err)
	}
	if err := m.open(d.key, &rec); err != nil {
		return Detail{Device: d.Device, Version: rec.Version}, err
	}
	detail := Detail{Device: d.Device, Version: rec.Version, Bytes: len(rec.Values)}
	for e := range values(rec.Values).all() {
		if key := string(e.key); !isReserved(key) {
			v, err := decodeValue(e.val)
			detail.Held = append(detail.Held, Held{Key: key, Bytes: len(e.val), Value: v, Err: err})
		}
	}
	return detail, nil
}

// RevokeSession ends the session that the handle names, whoever's it is, for administration: with a user as Inspect finds
// it. An application that lets users end their own sessions calls Revoke.
func (m *Manager) RevokeSession(ctx context.Context, user, handle string) error {
	d, err := m.find(ctx, user, handle)
	if err != nil {
		return err
	}
	return m.revoke(ctx, d, "one session")
}

// find returns the session that the handle names: the user's, or, with "", anybody's.
func (m *Manager) find(ctx context.Context, user, handle string) (device, error) {
	list := m.sessionsOf(ctx, user)
	if user == "" {
		list = m.listed(ctx, func(l Lister) iter.Seq2[Entry, error] { return l.List(ctx) })
	}
	for d, err := range list {
		if err != nil {
			return device{}, err
		}
		if d.Handle == handle {
			return d, nil
		}
	}
	return device{}, ErrNotFound
}

// IsSession reports whether a record is a session, and not what the engine itself notes in a store, such as when
// everybody's sessions were revoked. Lists of a store yield both, those of a Manager sessions alone.
func IsSession(rec *Record) bool { return !isStamp(rec) }

// Opens returns nil where the values of a stored record can be read with the Manager's keys, and why not where they cannot.
func (m *Manager) Opens(e Entry) error { return m.open(e.Key, &e.Record) }
