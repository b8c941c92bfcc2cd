package main

import (
	"context"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

// A filter says which sessions are meant.
type filter struct {
	user      string
	idle      age
	older     age
	anonymous bool
}

func (f *filter) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.user, "user", "", "only those of this `user`")
	flags.BoolVar(&f.anonymous, "anonymous", false, "only those in which nobody has logged in")
	flags.Var(&f.idle, "idle", "only those not used for this `age`, such as 30m or 7d")
	flags.Var(&f.older, "older", "only those begun this `age` ago or before")
}

// check refuses what finds nothing.
func (f *filter) check() error {
	if f.anonymous && f.user != "" {
		return usageError("--anonymous finds sessions without a user: drop it, or --user")
	}
	return nil
}

// set reports whether the filter leaves anything out.
func (f *filter) set() bool { return *f != filter{} }

func (f *filter) match(d *session.Device, now time.Time) bool {
	return (!f.anonymous || d.User == "") &&
		now.Sub(d.SeenAt) >= time.Duration(f.idle) &&
		now.Sub(d.CreatedAt) >= time.Duration(f.older)
}

// sessions yields those that are meant, in no order. A user's are found by the store's index.
func (f *filter) sessions(ctx context.Context, m *session.Manager) iter.Seq2[session.Device, error] {
	return func(yield func(session.Device, error) bool) {
		now := time.Now()
		for d, err := range f.all(ctx, m) {
			if err != nil {
				yield(session.Device{}, err)
				return
			}
			if f.match(&d, now) && !yield(d, nil) {
				return
			}
		}
	}
}

func (f *filter) all(ctx context.Context, m *session.Manager) iter.Seq2[session.Device, error] {
	if f.user == "" {
		return m.All(ctx)
	}
	return func(yield func(session.Device, error) bool) {
		devices, err := m.Devices(ctx, f.user)
		if err != nil {
			yield(session.Device{}, err)
			return
		}
		for _, d := range devices {
			if !yield(d, nil) {
				return
			}
		}
	}
}
