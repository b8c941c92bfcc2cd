package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

func newVerify(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Check every session, and the index of users",
		Long: `Check every session: that it can be read, that its times can be, that its values open with the application's secret, and
that its user's list has it. Nothing is changed, but that a store of files sets broken files aside as it always does.

It prints a line a fault, and its exit code is 4 where there are any.`,
		Example: `  proapi sessions verify --store file:./sessions`,
		Args:    usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(ctx context.Context, p *place) error { return verify(ctx, cmd, g, p) })
		},
	}
}

// A verification is one run of verify.
type verification struct {
	place   *place
	faults  printer
	checked int64
	wrong   int64
}

func verify(ctx context.Context, cmd *cobra.Command, g *global, p *place) error {
	v := &verification{place: p, faults: newTable(cmd.OutOrStdout(), "handle", "user", "fault")}
	if g.json {
		v.faults = newLines(cmd.OutOrStdout())
	}
	bar := newProgress(cmd, g.json, -1, "sessions checked")
	err := v.run(ctx, bar)
	bar.end()
	if err != nil {
		return err
	}
	if err := v.faults.end(); err != nil {
		return err
	}
	summary := row{{"checked", count(v.checked)}, {"faults", count(v.wrong)}}
	if !p.keys {
		summary = append(summary, field{"values", value{"not checked", "not checked: set PROAPI_SESSION_SECRET_KEY as for the application"}})
	}
	if err := summary.print(cmd.OutOrStdout(), g.json); err != nil || v.wrong == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", errUnsound, plural(int(v.wrong), "fault"))
}

func (v *verification) run(ctx context.Context, bar *progress) error {
	l, err := v.place.lister()
	if err != nil {
		return err
	}
	now := time.Now()
	for e, err := range l.List(ctx) {
		if err != nil {
			return err
		}
		bar.step()
		if !session.IsSession(&e.Record) {
			continue
		}
		v.checked++
		if err := v.check(ctx, l, &e, now); err != nil {
			return err
		}
	}
	return nil
}

// check looks at one session, and once at each user's list.
func (v *verification) check(ctx context.Context, l session.Lister, e *session.Entry, now time.Time) error {
	for _, fault := range faultsOf(&e.Record, now) {
		if err := v.fault(e, fault); err != nil {
			return err
		}
	}
	if v.place.keys && v.place.manager.Opens(*e) != nil {
		if err := v.fault(e, "its values do not open with this secret"); err != nil {
			return err
		}
	}
	return v.checkIndex(ctx, l, e)
}

// faultsOf says what cannot be in a record.
func faultsOf(rec *session.Record, now time.Time) (faults []string) {
	const skew = 5 * time.Minute
	switch {
	case rec.Created.Sub(now) > skew:
		faults = append(faults, "it begins in the future")
	case rec.Seen.Sub(now) > skew:
		faults = append(faults, "it was used in the future")
	case rec.Seen.Before(rec.Created):
		faults = append(faults, "it was used before it began")
	}
	if rec.Expires.Sub(rec.Seen) > longestAge+day {
		faults = append(faults, "it lasts longer than a session can")
	}
	if rec.Version == 0 {
		faults = append(faults, "it has no version")
	}
	return faults
}
