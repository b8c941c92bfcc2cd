package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

// A revocation is what is to be ended, and how it was confirmed.
type revocation struct {
	filter

	everybody bool
	dryRun    bool
	consent   consent
}

func newRevoke(g *global) *cobra.Command {
	r := &revocation{}
	cmd := &cobra.Command{
		Use:   "revoke [HANDLE...]",
		Short: "End sessions, for good",
		Long: `End sessions, for good: those that the handles name, all of a user's, those that a filter finds, or everybody's.

Requests that hold such a session at this moment cannot store it any more, and streams that wait for its end hear of it.
--user alone also refuses logins of the user that are under way. --all ends what began before now with one write, however
many there are.

It asks before it ends anything. Where nobody can answer, --yes is needed.`,
		Example: `  proapi sessions revoke 3f0c9a2b77d1e845 --user ann
  proapi sessions revoke --user ann --yes
  proapi sessions revoke --idle 30d --dry-run
  proapi sessions revoke --all`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.check(args); err != nil {
				return err
			}
			return g.with(cmd, func(ctx context.Context, p *place) error {
				n, err := r.run(ctx, cmd, p, args)
				if err != nil && n == 0 {
					return err
				}
				return errors.Join(err, r.report(n).print(cmd.OutOrStdout(), g.json))
			})
		},
	}
	r.addTo(cmd)
	r.consent.addTo(cmd)
	cmd.Flags().BoolVar(&r.everybody, "all", false, "everybody's")
	cmd.Flags().BoolVar(&r.dryRun, "dry-run", false, "only count them")
	return cmd
}

// check refuses what is not clear enough to be ended.
func (r *revocation) check(handles []string) error {
	others := r.idle != 0 || r.older != 0 || r.anonymous
	switch {
	case r.everybody && (len(handles) > 0 || r.set()):
		return usageError("--all ends everybody's sessions: drop it, or the rest")
	case len(handles) > 0 && others:
		return usageError("handles name sessions, and --idle, --older and --anonymous find them: drop one or the other")
	case !r.everybody && len(handles) == 0 && !r.set():
		return usageError("which sessions? give handles, --user, --idle, --older, --anonymous, or --all")
	case r.everybody && r.dryRun:
		return usageError("--all does not look at sessions, so there is nothing to count: see proapi sessions stats")
	}
	return r.filter.check()
}

// run ends what is to be ended and returns how many these were, -1 where that is not known.
func (r *revocation) run(ctx context.Context, cmd *cobra.Command, p *place, handles []string) (int, error) {
	switch {
	case r.everybody:
		if err := r.consent.ask(cmd, "End everybody's sessions?"); err != nil {
			return 0, err
		}
		return -1, p.manager.RevokeAll(ctx)
	case len(handles) > 0:
		return r.handles(ctx, cmd, p, handles)
	}
	found, err := r.find(ctx, p)
	if err != nil || len(found) == 0 || r.dryRun {
		return len(found), err
	}
	if err := r.consent.ask(cmd, fmt.Sprintf("End %s?", plural(len(found), "session"))); err != nil {
		return 0, err
	}
	if r.filter == (filter{user: r.user}) {
		return p.manager.RevokeUser(ctx, r.user)
	}
	return end(ctx, p, found)
}

func (r *revocation) find(ctx context.Context, p *place) (found []session.Device, err error) {
	for d, err := range r.sessions(ctx, p.manager) {
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, nil
}

// handles ends those sessions that the handles name.
func (r *revocation) handles(ctx context.Context, cmd *cobra.Command, p *place, handles []string) (int, error) {
	var found []session.Device
	for _, handle := range handles {
		d, err := p.find(ctx, r.user, handle)
		if err != nil {
			return 0, fmt.Errorf("%w: nothing was ended", err)
		}
		found = append(found, d)
	}
	if r.dryRun {
		return len(found), nil
	}
	if err := r.consent.ask(cmd, fmt.Sprintf("End %s?", plural(len(found), "session"))); err != nil {
		return 0, err
	}
	return end(ctx, p, found)
}

// end ends sessions.
func end(ctx context.Context, p *place, found []session.Device) (n int, err error) {
	for _, d := range found {
		if err := p.manager.RevokeDevice(ctx, d); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (r *revocation) report(n int) row {
	name := "revoked"
	if r.dryRun {
		name = "would_revoke"
	}
	if n < 0 {
		return row{{name, value{"all", "everybody's sessions that began before now"}}}
	}
	return row{{name, count(int64(n))}}
}
