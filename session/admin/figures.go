package admin

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session"
)

// tiles returns the figures of the samples of the last d.
func tiles(samples []sample, bounds []time.Duration, d time.Duration) []tile {
	if len(samples) == 0 {
		return nil
	}
	first, now := &samples[0], &samples[len(samples)-1]
	before := first // of the newest rates
	if len(samples) > 1 {
		before = &samples[len(samples)-2]
	}
	return []tile{
		sessionsTile(first, now),
		rateTile("loads", "Loads a second", before, now, func(s *sample) uint64 { return s.loads }),
		rateTile("commits", "Commits a second", before, now, func(s *sample) uint64 { return s.commits }),
		latencyTile(first, now, bounds, d),
		conflictsTile(first, now, d),
		storeTile(samples, d),
	}
}

func sessionsTile(first, now *sample) tile {
	t := tile{ID: "sessions", Title: "Sessions", Figure: "–", Note: "this store cannot count them"}
	switch {
	case now.failed:
		t.Note = "the store does not answer"
	case now.sessions >= 0:
		t.Figure, t.Note = count(float64(now.sessions)), "counted"
		if !now.exact {
			t.Note = "estimated"
		}
		t.Note += ", " + count(grown(first.created, now.created)) + " new"
	}
	return t
}

func rateTile(id, title string, before, now *sample, of func(*sample) uint64) tile {
	t := tile{ID: id, Title: title, Figure: "–", Note: count(float64(of(now))) + " since the start"}
	if v, known := rate(time.Second, of)(before, now); known {
		t.Figure = decimal(v)
	}
	return t
}

func latencyTile(first, now *sample, bounds []time.Duration, d time.Duration) tile {
	t := tile{ID: "latency", Title: "Loads, 95 % within", Figure: "–", Note: "no load in the last " + length(d)}
	load, known := within(.95, bounds, first.load, now.load)
	if !known {
		return t
	}
	t.Figure, t.Note = duration(load), "no commit in the last "+length(d)
	if save, known := within(.95, bounds, first.save, now.save); known {
		t.Note = "commits " + duration(save)
	}
	return t
}

func conflictsTile(first, now *sample, d time.Duration) tile {
	return tile{
		ID: "conflicts", Title: "Conflicts, retried", Figure: count(grown(first.conflicts, now.conflicts)),
		Note: fmt.Sprintf("in the last %s; %s lost to a logout", length(d), count(grown(first.ended, now.ended))),
	}
}

// storeTile says whether the store answers.
func storeTile(samples []sample, d time.Duration) tile {
	first, now := &samples[0], &samples[len(samples)-1]
	t := tile{ID: "store", Title: "Store", Figure: "Answers", State: "good", Note: "no failure in the last " + length(d)}
	failures := grown(first.unavailable, now.unavailable)
	if failures > 0 {
		t.Note = fmt.Sprintf("%s failures in the last %s", count(failures), length(d))
	}
	recent := first
	for i := range samples {
		if now.at.Sub(samples[i].at) > time.Minute {
			recent = &samples[i]
		}
	}
	switch {
	case now.failed:
		t.Figure, t.State = "Does not answer", "bad"
	case now.unavailable > recent.unavailable:
		t.Figure, t.State = "Fails", "bad"
	case failures == 0 && now.asked:
		t.Note = "in " + duration(float64(now.answered)) + ", " + t.Note
	}
	return t
}

// countersOf lists all counters.
func countersOf(s session.Stats) []counter {
	list := []counter{
		{"Loads", "records that the store was asked for", number(s.Loads)},
		{"Commits", "saves that took effect", number(s.Commits)},
		{"Deletes", "sessions that the store was told to end", number(s.Deletes)},
		{"Created", "something was stored for a visitor for the first time", number(s.Created)},
		{"Renewed", "the session got a new ID", number(s.Renewed)},
		{"Logins", "a user logged in", number(s.Logins)},
		{"Logouts", "the visitor's request ended the session", number(s.Logouts)},
		{"Revoked", "somebody else's did", number(s.Revoked)},
		{"Expired", "a request came with a session whose time was over", number(s.Expired)},
		{"Conflicts", "saves that another request came before, and that were tried again", number(s.Conflicts)},
		{"Ended meanwhile", "requests whose session ended before they could store their changes: 409", number(s.Ended)},
		{"Unavailable", "loads and commits that the store could not do: 503", number(s.Unavailable)},
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Rejected)) {
		list = append(list, counter{"Rejected: " + reason, "cookies that were no token", number(s.Rejected[reason])})
	}
	return list
}

func number(n uint64) string { return count(float64(n)) }
