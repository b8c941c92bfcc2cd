package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

func newList(g *global) *cobra.Command {
	f := &filter{}
	limit := 0
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List sessions",
		Long: `List sessions, in no order; those of a user with --user, the one used last first.

The first column is the session's handle, by which show and revoke know it. It is no token: nobody can use the session with
it. With --json every session is an object on a line of its own.`,
		Example: `  proapi sessions list --store file:./sessions
  proapi sessions list --user ann
  proapi sessions list --idle 7d --limit 0 --json | jq -r .handle`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return usageError("--limit is %d: it is 0 for all, or more", limit)
			}
			if err := f.check(); err != nil {
				return err
			}
			return g.with(cmd, func(ctx context.Context, p *place) error { return list(ctx, cmd, g, p, f, limit) })
		},
	}
	f.addTo(cmd)
	cmd.Flags().IntVar(&limit, "limit", 1000, "list no more than this `number`; 0 for all")
	return cmd
}

func list(ctx context.Context, cmd *cobra.Command, g *global, p *place, f *filter, limit int) error {
	show := newTable(cmd.OutOrStdout(), "handle", "user", "created", "used", "ends", "client", "address")
	if g.json {
		show = newLines(cmd.OutOrStdout())
	}
	n := 0
	for d, err := range f.sessions(ctx, p.manager) {
		if err != nil {
			return err
		}
		if n++; limit > 0 && n > limit {
			break
		}
		if err := show.row(deviceRow(&d)); err != nil {
			return err
		}
	}
	if err := show.end(); err != nil {
		return err
	}
	switch {
	case limit > 0 && n > limit:
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "There are more than %d: --limit 0 lists all.\n", limit)
	case n == 0 && !g.json:
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "There are none.")
	}
	return nil
}

// deviceRow is a session as a table and as JSON show it.
func deviceRow(d *session.Device) row {
	return row{
		{"handle", text(d.Handle)},
		{"user", text(d.User)},
		{"created", ago(d.CreatedAt)},
		{"authenticated", ago(d.AuthenticatedAt)},
		{"used", ago(d.SeenAt)},
		{"ends", ago(d.ExpiresAt)},
		{"client", text(d.Client)},
		{"address", text(d.Address)},
		{"device_bound", yes(d.DeviceBound)},
	}
}
