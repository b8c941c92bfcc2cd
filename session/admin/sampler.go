package admin

import (
	"context"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session"
)

// source is what a sampler asks: a *session.Manager.
type source interface {
	Stats() session.Stats
	Usage(ctx context.Context) (session.Usage, error)
}

// A sampler adds samples to a history.
type sampler struct {
	source   source
	history  *history
	interval time.Duration

	usage sample    // what is known of the store
	next  time.Time // when it is asked again
}

const (
	usageTimeout = 2 * time.Second
	usageShare   = 20 // asking the store takes at most one part in so many of the time
)

// run takes samples until ctx ends.
func (s *sampler) run(ctx context.Context) {
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	s.usage = sample{sessions: -1, bytes: -1}
	for {
		s.take(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *sampler) take(ctx context.Context) {
	now := time.Now()
	if !now.Before(s.next) {
		s.ask(ctx)
		s.next = now.Add(usageShare * time.Since(now))
	}
	if ctx.Err() != nil {
		return
	}
	stats := s.source.Stats()
	taken := s.usage
	taken.at, taken.load, taken.save = time.Now(), stats.LoadTime.Counts, stats.SaveTime.Counts
	taken.counters = counters{
		loads: stats.Loads, commits: stats.Commits, deletes: stats.Deletes, created: stats.Created,
		logins: stats.Logins, logouts: stats.Logouts, revoked: stats.Revoked, expired: stats.Expired,
		conflicts: stats.Conflicts, ended: stats.Ended, unavailable: stats.Unavailable,
	}
	for _, n := range stats.Rejected {
		taken.rejected += n
	}
	s.history.add(taken, stats.LoadTime.Bounds)
}

// ask asks the store how much it holds. Where it cannot answer, what it held is unknown.
func (s *sampler) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, usageTimeout)
	defer cancel()
	began := time.Now()
	u, err := s.source.Usage(ctx)
	s.usage = sample{sessions: -1, bytes: -1}
	switch {
	case errors.Is(err, session.ErrNotMeasured):
	case err != nil:
		s.usage.asked, s.usage.failed = true, true
	default:
		s.usage = sample{asked: true, answered: time.Since(began), sessions: u.Sessions, bytes: u.Bytes, exact: u.Exact}
	}
}
