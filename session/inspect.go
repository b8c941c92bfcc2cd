package session

import (
	"context"
	"errors"
	"fmt"
	"unique"
)

// An Inspection is one session as it is seen from outside, for administration: whose it is, and what it holds.
type Inspection struct {
	Device

	Version uint64 // how often it was stored
	Size    int    // of its values as they are encoded, in bytes; Options.MaxSize bounds it
	Items   []Item // its values, sorted by key
}

// An Item is one value of an Inspection. It prints without the value, which has to be asked for.
type Item struct {
	Key  string
	Size int // of the value as it is encoded, in bytes

	value func() (any, error)
}

// Value returns the value, as Session.Get does; the error of one that cannot be decoded is a *TypeError.
func (i Item) Value() (any, error) {
	if i.value == nil {
		return nil, &KeyError{Key: i.Key, Reason: "is not set"}
	}
	return i.value()
}

// Inspect returns the session that a list named, of Devices or of All, as it is now. ErrNotFound says that it has ended;
// any other error that is no ErrUnavailable, that its values do not open: they are broken, or encrypted with another key.
func (m *Manager) Inspect(ctx context.Context, d Device) (Inspection, error) {
	if d.key == (unique.Handle[Key]{}) {
		return Inspection{}, ErrNotFound
	}
	key, now := d.key.Value(), m.clock.now()
	rec, err := m.load(ctx, key, now)
	switch {
	case errors.Is(err, ErrNotFound):
		return Inspection{}, ErrNotFound
	case errors.Is(err, errBroken):
		return Inspection{}, fmt.Errorf("session: inspect: %w", err)
	case err != nil:
		return Inspection{}, m.unable("inspect", err)
	}
	found := Inspection{Device: m.deviceOf(key, &rec).Device, Version: rec.Version, Size: len(rec.Values)}
	if at(found.ExpiresAt) <= now {
		return Inspection{}, ErrNotFound
	}
	current, _, _ := From(ctx).current()
	found.Current = key == current
	found.Items = items(rec.Values)
	return found, nil
}

// items returns what values hold, without the engine's own keys.
func items(v values) (list []Item) {
	for e := range v.all() {
		name := string(e.key)
		if isReserved(name) {
			continue
		}
		list = append(list, Item{Key: name, Size: len(e.val), value: func() (any, error) {
			val, err := decodeValue(e.val)
			if err != nil {
				return nil, &TypeError{Key: name, Err: err}
			}
			return val, nil
		}})
	}
	return list
}

// IsSession reports whether a record is a session, and not what the engine itself notes in a store, such as when
// everybody's sessions were revoked. Lists of a store yield both, those of a Manager sessions alone.
func IsSession(rec *Record) bool { return !isStamp(rec) }

// Opens returns nil where the values of a stored record can be read with the Manager's keys, and why not where they cannot.
func (m *Manager) Opens(e Entry) error { return m.open(e.Key, &e.Record) }
