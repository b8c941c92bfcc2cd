package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

// usageError is an error of who typed the command.
func usageError(format string, args ...any) error {
	return &misuse{fmt.Errorf(format, args...)}
}

type misuse struct{ error }

func (m *misuse) Unwrap() error { return m.error }

// usage makes what a check of arguments finds an error of who typed them.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError("%w (%s --help says more)", err, cmd.CommandPath())
		}
		return nil
	}
}

func exitCode(err error) int {
	var typed *misuse
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &typed):
		return exitUsage
	case errors.Is(err, session.ErrNotFound):
		return exitNotFound
	case errors.Is(err, errUnsound):
		return exitUnsound
	}
	return exitFailed
}
