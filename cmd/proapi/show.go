package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

func newShow(g *global) *cobra.Command {
	var user string
	var values bool
	cmd := &cobra.Command{
		Use:   "show HANDLE",
		Short: "Show one session",
		Long: `Show one session: whose it is, since when, with what, and the keys and sizes of what it holds. The values themselves are
the visitor's: --values shows them.

Without --user all sessions are looked through, which takes its time where there are many.`,
		Example: `  proapi sessions show 3f0c9a2b77d1e845 --store file:./sessions
  proapi sessions show 3f0c9a2b77d1e845 --user ann --values --json`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(ctx context.Context, p *place) error {
				d, err := p.manager.Inspect(ctx, user, args[0])
				if errors.Is(err, session.ErrNotFound) {
					return fmt.Errorf("%w by the handle %q", err, args[0])
				}
				if d.Handle == "" {
					return err
				}
				r := append(deviceRow(&d.Device), field{"version", count(int64(d.Version))})
				if err != nil {
					r = append(r, p.sealed()...)
				} else {
					r = append(r, g.held(&d, values)...)
				}
				return r.print(cmd.OutOrStdout(), g.json)
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "the `user` whose session it is, which is found at once")
	cmd.Flags().BoolVar(&values, "values", false, "show the values, too")
	return cmd
}

// held tells of what a session holds: a line a value for people, one object for programs.
func (g *global) held(d *session.Detail, values bool) row {
	r := row{{"size", size(int64(d.Bytes))}}
	all, what := map[string]any{}, "sizes"
	if values {
		what = "values"
	}
	for _, h := range d.Held {
		v := size(int64(h.Bytes))
		switch {
		case values && h.Err != nil:
			v = value{nil, "cannot be decoded"}
		case values:
			v = value{h.Value, printable(words(h.Value))}
		}
		all[h.Key] = v.exact
		if !g.json {
			r = append(r, field{"  " + printable(h.Key), v})
		}
	}
	if g.json {
		r = append(r, field{what, value{exact: all}})
	}
	return r
}

// sealed tells that what a session holds cannot be read.
func (p *place) sealed() row {
	if p.keys {
		return row{{"size", value{nil, "not known: the values do not open with this secret"}}}
	}
	return row{{"size", value{nil, "not known: the values are encrypted, set PROAPI_SESSION_SECRET_KEY as for the application"}}}
}

// words writes a value for people: as JSON, in which the types can be told apart.
func words(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
