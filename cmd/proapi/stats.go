package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/proapi-go/proapi/session"
)

func newStats(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Count sessions, users and bytes",
		Long: `Count sessions, users and bytes. All sessions are looked at, which takes its time where there are many; requests go on
meanwhile.`,
		Example: `  proapi sessions stats --store redis://localhost/0 --json`,
		Args:    usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(ctx context.Context, p *place) error {
				s, err := tallyAll(ctx, cmd, g, p)
				if err != nil {
					return err
				}
				return s.row().print(cmd.OutOrStdout(), g.json)
			})
		},
	}
}

// A tally is what stats counts.
type tally struct {
	sessions, loggedIn            int64
	bytes, largest                int64
	createdHour, createdDay       int64
	usedMinutes, usedHour, usedIn int64
	oldest                        time.Time
	users                         map[string]struct{}
}

func tallyAll(ctx context.Context, cmd *cobra.Command, g *global, p *place) (*tally, error) {
	l, err := p.lister()
	if err != nil {
		return nil, err
	}
	bar := newProgress(cmd, g.json, -1, "sessions counted")
	defer bar.end()
	t := &tally{users: map[string]struct{}{}}
	now := time.Now()
	for e, err := range l.List(ctx) {
		if err != nil {
			return nil, err
		}
		if session.IsSession(&e.Record) {
			t.add(&e.Record, now)
		}
		bar.step()
	}
	return t, nil
}

func (t *tally) add(rec *session.Record, now time.Time) {
	t.sessions++
	bytes := int64(rec.EncodedSize())
	t.bytes += bytes
	t.largest = max(t.largest, bytes)
	if rec.User != "" {
		t.loggedIn++
		t.users[rec.User] = struct{}{}
	}
	if t.oldest.IsZero() || rec.Created.Before(t.oldest) {
		t.oldest = rec.Created
	}
	within := func(at time.Time, d time.Duration) int64 {
		if now.Sub(at) < d {
			return 1
		}
		return 0
	}
	t.createdHour += within(rec.Created, time.Hour)
	t.createdDay += within(rec.Created, day)
	t.usedMinutes += within(rec.Seen, 5*time.Minute)
	t.usedHour += within(rec.Seen, time.Hour)
	t.usedIn += within(rec.Seen, day)
}

func (t *tally) row() row {
	average := int64(0)
	if t.sessions > 0 {
		average = t.bytes / t.sessions
	}
	return row{
		{"sessions", count(t.sessions)},
		{"logged_in", count(t.loggedIn)},
		{"users", count(int64(len(t.users)))},
		{"bytes", size(t.bytes)},
		{"average_bytes", size(average)},
		{"largest_bytes", size(t.largest)},
		{"created_in_last_hour", count(t.createdHour)},
		{"created_in_last_day", count(t.createdDay)},
		{"used_in_last_5_minutes", count(t.usedMinutes)},
		{"used_in_last_hour", count(t.usedHour)},
		{"used_in_last_day", count(t.usedIn)},
		{"oldest", ago(t.oldest)},
	}
}
