package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/migration"
)

func newMigrate(g *global) *cobra.Command {
	var to string
	var workers int
	var ask consent
	cmd := &cobra.Command{
		Use:   "migrate --store FROM --to TO",
		Short: "Copy the rest of the sessions to another store",
		Long: `Copy the rest of the sessions to another store, in the phase "switch" of a move, while the application runs with both:
every session that is still in the old store moves to the new one. It can be interrupted and run again; what has moved is
skipped. When it ends without an error, the application can go on with the new store alone.

No process that saves to the old store alone may still run: it would take what is left there for broken sessions.
docs/migrating.md has the whole move, step by step.`,
		Example: `  proapi sessions migrate --store file:./sessions --to redis://localhost/0
  proapi sessions migrate --store redis://localhost/0 --to postgres://localhost/shop --yes --json`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if g.store == "" || to == "" {
				return usageError("from where, and to where? say --store file:./sessions --to redis://…")
			}
			if workers < 1 {
				return usageError("--workers is %d: it is 1 or more", workers)
			}
			if err := ask.ask(cmd, "Do all processes of the application use both stores, in the phase switch?"); err != nil {
				return err
			}
			return migrate(cmd, g, to, workers)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `URL` of the new store")
	cmd.Flags().IntVar(&workers, "workers", 8, "how many sessions move at a time")
	ask.addTo(cmd)
	_ = cmd.RegisterFlagCompletionFunc("to", completeStore)
	return cmd
}

func migrate(cmd *cobra.Command, g *global, toURL string, workers int) error {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	from, err := openPresent(g.store, log)
	if err != nil {
		return err
	}
	to, err := session.OpenURL(toURL, log)
	if err != nil {
		return errors.Join(err, closeStore(from))
	}
	err = moveAll(cmd.Context(), cmd, g, from, to, workers)
	return errors.Join(err, closeStore(from), closeStore(to))
}

func moveAll(ctx context.Context, cmd *cobra.Command, g *global, from, to session.Store, workers int) error {
	var bar *progress
	done, err := migration.Copy(ctx, from, to, migration.CopyOptions{
		Workers:  workers,
		Count:    true,
		Interval: 200 * time.Millisecond,
		Progress: func(p migration.Progress) {
			if bar == nil {
				bar = newProgress(cmd, g.json, int64(p.Total), "sessions moved")
			}
			bar.set(p.Done)
		},
	})
	if bar != nil {
		bar.end()
	}
	r := row{
		{"moved", count(int64(done.Moved))},
		{"moved_before", count(int64(done.Skipped))},
		{"ended_meanwhile", count(int64(done.Gone))},
		{"conflicts", count(int64(done.Conflicts))},
		{"seconds", value{done.Elapsed.Seconds(), fmt.Sprintf("%.1f", done.Elapsed.Seconds())}},
		{"per_second", value{done.Rate(), fmt.Sprintf("%.0f", done.Rate())}},
	}
	if err != nil {
		err = fmt.Errorf("not all have moved, run it again: %w", err)
	}
	return errors.Join(r.print(cmd.OutOrStdout(), g.json), err)
}
