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
				d, err := p.find(ctx, user, args[0])
				if err != nil {
					return err
				}
				r, err := g.detail(ctx, p, d, values)
				if err != nil {
					return err
				}
				return r.print(cmd.OutOrStdout(), g.json)
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "the `user` whose session it is, which is found at once")
	cmd.Flags().BoolVar(&values, "values", false, "show the values, too")
	return cmd
}

// detail tells of a session and of what it holds.
func (g *global) detail(ctx context.Context, p *place, d session.Device, values bool) (row, error) {
	in, err := p.manager.Inspect(ctx, d)
	switch {
	case errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrUnavailable):
		return nil, err
	case err != nil:
		return append(deviceRow(&d), p.sealed()...), nil //nolint:nilerr // that is what is told
	}
	r := append(deviceRow(&in.Device), field{"version", count(int64(in.Version))}, field{"size", size(int64(in.Size))})
	return append(r, g.held(in.Items, values)...), nil
}

// held tells of what a session holds: a line a value for people, one object for programs.
func (g *global) held(items []session.Item, values bool) (r row) {
	all, what := map[string]any{}, "sizes"
	if values {
		what = "values"
	}
	for _, item := range items {
		v := size(int64(item.Size))
		if values {
			v = shown(item)
		}
		all[item.Key] = v.exact
		if !g.json {
			r = append(r, field{"  " + printable(item.Key), v})
		}
	}
	if g.json {
		r = append(r, field{what, value{exact: all}})
	}
	return r
}

func shown(item session.Item) value {
	v, err := item.Value()
	if err != nil {
		return value{nil, "cannot be decoded"}
	}
	return value{v, printable(words(v))}
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
