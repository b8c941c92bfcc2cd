package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

func newSweep(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "sweep",
		Short: "Remove now what has expired",
		Long: `Remove now what has expired: sessions, marks of sessions that were ended, left-over files. Stores do so on their own as
well, while an application uses them; Redis needs nobody for it.`,
		Example: `  proapi sessions sweep --store file:/var/lib/shop/sessions`,
		Args:    usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(ctx context.Context, p *place) error {
				sweeper, ok := p.store.(session.Sweeper)
				if !ok {
					_, err := fmt.Fprintln(cmd.ErrOrStderr(), "This store removes what has expired by itself: there is nothing to do.")
					return err
				}
				n, err := sweeper.Sweep(ctx)
				if err != nil {
					return err
				}
				return row{{"removed", count(int64(n))}}.print(cmd.OutOrStdout(), g.json)
			})
		},
	}
}
