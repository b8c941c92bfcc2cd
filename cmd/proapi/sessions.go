package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"
)

// global are the flags of every command about sessions.
type global struct {
	store  string
	maxAge age
	json   bool
}

func newSessions() *cobra.Command {
	g := &global{}
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "List, show, revoke, sweep, count, check and move sessions",
		Long: `List, show, revoke, sweep, count, check and move the sessions of an application, while it runs.

Where they are is said by --store, or by the application's own environment (PROAPI_SESSION_BACKEND and
PROAPI_SESSION_BACKEND_OPTIONS):

  file:./sessions                           a directory
  redis://user:password@localhost:6379/0    Redis or Valkey; rediss: for TLS, unix: for a socket
  postgres://user:password@localhost/shop   PostgreSQL

Stored values are encrypted with a key that comes from the application's secret. Commands that read them (show, verify,
and what a list says of a visitor's device) need that secret in PROAPI_SESSION_SECRET_KEY, or the key in
PROAPI_SESSION_ENCRYPTION_KEY; the others do without.

Exit codes: 0 done, 1 failed, 2 a wrong command line or no confirmation, 3 no such session, 4 verify found faults.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&g.store, "store", "", "the `URL` of the store")
	flags.Var(&g.maxAge, "max-age", "the application's maximum `age` of a session, for which the cookie of one that is revoked is remembered "+
		"(default PROAPI_SESSION_MAX_AGE, or 400d, the most there is)")
	flags.BoolVar(&g.json, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("store", completeStore)
	cmd.AddCommand(newList(g), newShow(g), newRevoke(g), newSweep(g), newStats(g), newVerify(g), newMigrate(g))
	return cmd
}

// completeStore completes the beginning of a store's URL.
func completeStore(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"file:", "redis://", "rediss://", "unix:", "postgres://"}, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// with runs what is to be done with an open place, and closes that.
func (g *global) with(cmd *cobra.Command, do func(ctx context.Context, p *place) error) error {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	p, err := g.open(log)
	if err != nil {
		return err
	}
	err = do(cmd.Context(), p)
	if closed := p.close(); err == nil {
		err = closed
	}
	return err
}
