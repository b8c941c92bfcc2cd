package main

import (
	"context"

	"github.com/proapi-go/proapi/session"
)

// checkIndex looks for a session in its user's list. One that has ended, or changed hands, since the list of all yielded
// it is none that is missing.
func (v *verification) checkIndex(ctx context.Context, l session.Lister, e *session.Entry) error {
	if e.Record.User == "" {
		return nil
	}
	for other, err := range l.ListUser(ctx, e.Record.User) {
		if err != nil {
			return err
		}
		if other.Key == e.Key {
			return nil
		}
	}
	rec, err := v.place.store.Load(ctx, e.Key)
	if err != nil || rec.User != e.Record.User {
		return nil // it has ended; where the store fails, the list will say so
	}
	return v.fault(e, "it is missing in its user's list")
}

func (v *verification) fault(e *session.Entry, what string) error {
	v.wrong++
	return v.faults.row(row{
		{"handle", text(session.Handle(e.Key))},
		{"user", text(e.Record.User)},
		{"fault", text(what)},
	})
}
