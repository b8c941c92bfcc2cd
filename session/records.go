package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
)

// What the engine does with the store goes through here: values are sealed on their way in and opened on their way out,
// each call is counted and timed, and whoever waits for the end of a session that is deleted hears of it.

// errBroken is a record that is there and cannot be used. It is left where it is.
var errBroken = errors.New("record not used")

// load returns the newest record under key, as a request sees it that came at now. A *DeletedError says that everybody's sessions were revoked since it began.
func (m *Manager) load(ctx context.Context, key Key, now moment) (rec Record, err error) {
	err = m.loadInto(ctx, key, now, &rec)
	return rec, err
}

// loadInto is load into rec, which is some hundred bytes that need not be passed up and up again. Where there is an error,
// there is nothing to be used in it.
func (m *Manager) loadInto(ctx context.Context, key Key, now moment, rec *Record) (err error) {
	began := m.calls.begin(loading, &key)
	*rec, err = m.store.Load(ctx, key)
	m.calls.end(ctx, loading, &key, began, err)
	if err != nil {
		return err
	}
	if err := m.revoked(ctx, at(rec.Created), now); err != nil {
		return err
	}
	return m.open(key, rec)
}

// loadRecord is load for a request, which keeps records as the store in memory does.
func (m *Manager) loadRecord(ctx context.Context, key *Key, now moment, rec *direct.Record) error {
	if m.memory == nil {
		var stored Record
		err := m.loadInto(ctx, *key, now, &stored)
		*rec = direct.Of(&stored)
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	began := m.calls.begin(loading, key)
	err := m.memory.LoadDirect(key, int64(now), rec)
	m.calls.end(ctx, loading, key, began, err)
	if err != nil {
		return err
	}
	return m.revoked(ctx, moment(rec.Created), now)
}

// revoked returns a *DeletedError where everybody's sessions were revoked since one was created.
func (m *Manager) revoked(ctx context.Context, created, now moment) error {
	cut, err := m.epoch.get(ctx, m.store, now)
	if err != nil {
		return err
	}
	if created <= cut {
		return &DeletedError{At: cut.after(-epochMargin).time()}
	}
	return nil
}

// open makes the values of a stored record readable.
func (m *Manager) open(key Key, rec *Record) error {
	if m.seals != nil {
		opened, err := m.seals.open(key, *rec)
		if err != nil {
			return fmt.Errorf("%w: %w", errBroken, err)
		}
		rec.Values = opened
	}
	if !m.inProcess && values(rec.Values).check() != nil {
		return fmt.Errorf("%w: its values are broken", errBroken)
	}
	return nil
}

// save stores a record with the next version, at now. ErrEnded says that everybody's sessions were revoked since it began.
func (m *Manager) save(ctx context.Context, key *Key, now moment, rec *direct.Record) (err error) {
	if moment(rec.Created) <= moment(m.epoch.cut.Load()) {
		return ErrEnded
	}
	began := m.calls.begin(saving, key)
	if m.memory != nil {
		err = m.memory.SaveDirect(key, int64(now), rec)
	} else {
		stored := rec.Stored()
		if m.seals != nil {
			stored.Values = m.seals.seal(*key, stored)
		}
		err = m.store.Save(ctx, *key, stored)
	}
	m.calls.end(ctx, saving, key, began, err)
	return err
}

// delete ends the session under key for good.
func (m *Manager) delete(ctx context.Context, key Key, until time.Time) error {
	began := m.calls.begin(deleting, &key)
	err := m.store.Delete(ctx, key, until)
	m.calls.end(ctx, deleting, &key, began, err)
	if err == nil {
		m.ends.tell(key)
	}
	return err
}
