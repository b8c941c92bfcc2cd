package session

import (
	"context"
	"iter"
	"time"
	"unique"
)

// device is a Device with its key.
type device struct {
	Device

	key Key
	cut bool // everybody's sessions were revoked since it began: it has ended here, and within a second does elsewhere
}

// sessionsOf yields the user's sessions.
func (m *Manager) sessionsOf(ctx context.Context, user string) iter.Seq2[device, error] {
	return m.listed(ctx, ofUser(ctx, user))
}

func ofUser(ctx context.Context, user string) func(Lister) iter.Seq2[Entry, error] {
	return func(l Lister) iter.Seq2[Entry, error] { return l.ListUser(ctx, user) }
}

// listed yields the sessions of a list of the store's that have not ended.
func (m *Manager) listed(ctx context.Context, list func(Lister) iter.Seq2[Entry, error]) iter.Seq2[device, error] {
	return func(yield func(device, error) bool) {
		for d, err := range m.kept(ctx, list) {
			if !d.cut && !yield(d, err) {
				return
			}
		}
	}
}

// kept yields the sessions of a list of the store's that have not ended everywhere: what has not expired, and is no stamp.
func (m *Manager) kept(ctx context.Context, list func(Lister) iter.Seq2[Entry, error]) iter.Seq2[device, error] {
	return func(yield func(device, error) bool) {
		l, ok := m.store.(Lister)
		if !ok {
			yield(device{}, ErrNotListed)
			return
		}
		now := m.clock.now()
		cut, err := m.epoch.get(ctx, m.store, now)
		if err != nil {
			yield(device{}, m.unable("list", err))
			return
		}
		current, _, _ := From(ctx).current() // where it cannot be loaded, none is the current one
		for e, err := range list(l) {
			if err != nil {
				yield(device{}, m.unable("list", err))
				return
			}
			d := m.device(e)
			d.Current, d.cut = e.Key == current, at(d.CreatedAt) <= cut
			ended := isStamp(&e.Record) || at(d.ExpiresAt) <= now
			if !ended && !yield(d, nil) {
				return
			}
		}
	}
}

// device tells what is known of a session. Of one whose values do not open, that is little.
func (m *Manager) device(e Entry) device {
	rec := e.Record
	if m.open(e.Key, &rec) != nil {
		rec.Values = nil
	}
	return m.deviceOf(e.Key, &rec)
}

// deviceOf tells what is known of a session whose values are open.
func (m *Manager) deviceOf(key Key, rec *Record) device {
	v := values(rec.Values)
	return device{key: key, Device: Device{
		Handle: Handle(key), User: rec.User, key: unique.Make(key), login: decoded[string](v, keyLogin),
		CreatedAt: rec.Created, SeenAt: rec.Seen,
		ExpiresAt:       min(m.expiry(at(rec.Created), at(rec.Seen)), at(rec.Expires)).time(), // options may have changed
		AuthenticatedAt: decoded[time.Time](v, keyAuthenticated),
		Address:         decoded[string](v, keyAddress),
		Client:          decoded[string](v, keyClient),
		DeviceBound:     m.guard != nil && bindingOf(v).Bound(),
	}}
}

// decoded returns the value of one of the engine's own keys, zero where it has none.
func decoded[T any](v values, key string) T {
	b, _ := v.get(key)
	t, _ := decodeAs[T](b)
	return t
}

// told yields what a list tells, without the keys.
func told(list iter.Seq2[device, error]) iter.Seq2[Device, error] {
	return func(yield func(Device, error) bool) {
		for d, err := range list {
			if !yield(d.Device, err) {
				return
			}
		}
	}
}
