// Proapi looks after the sessions of an application from the command line: lists, shows and revokes them, sweeps, counts,
// checks and moves them, on every backend. It also makes keys, and new applications.
//
//	proapi sessions list --store file:./sessions
//	proapi sessions revoke --user ann --store redis://localhost/0
//	proapi keygen
//	proapi new shop
//
// docs/cli.md is its manual.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	_ "github.com/proapi-go/proapi/session/pgstore"
	_ "github.com/proapi-go/proapi/session/redisstore"
)

// The exit codes.
const (
	exitDone     = 0
	exitFailed   = 1 // the store, or what was to be done, failed
	exitUsage    = 2 // the command line is wrong, or a question was not answered with yes
	exitNotFound = 3 // there is no such session
	exitUnsound  = 4 // verify found something that is wrong
)

var errUnsound = errors.New("not everything is as it should be")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "proapi:", err)
	}
	return exitCode(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "proapi",
		Short:         "Look after the sessions of an application, make keys, begin applications",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w (%s --help lists the flags)", err, cmd.CommandPath())
	})
	root.AddCommand(newSessions(), newKeygen(), newNew())
	return root
}
