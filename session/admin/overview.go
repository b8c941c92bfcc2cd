package admin

import (
	"net/http"
	"time"
)

// An overview is what the first page shows.
type overview struct {
	Ranges   []choice
	Range    string // for the address of the live figures
	Length   string // the same in words
	Tiles    []tile
	Charts   []chart
	Counters []counter
	Interval time.Duration
}

// A choice is one of several ranges of time.
type choice struct {
	Value, Name string
	Current     bool
}

// A tile is one figure, large.
type tile struct {
	ID, Title, Figure, Note string
	State                   string // "good" or "bad", where it is about that
}

// A counter is one that has only grown since the Manager was made.
type counter struct {
	Name, Means, Value string
}

func (h *Handler) overview(w http.ResponseWriter, r *http.Request) {
	d := h.rangeOf(r)
	samples, bounds, _ := h.samples(r.Context(), d)
	v := overview{
		Ranges: h.choices(d), Range: d.String(), Length: length(d), Interval: h.options.Interval,
		Tiles: tiles(samples, bounds, d), Charts: draw(samples, bounds, d, h.options.Interval),
		Counters: countersOf(h.sessions.Stats()),
	}
	h.page(w, r, "overview.html", view{Title: "Overview", Here: "overview", Content: v})
}

// draw draws all charts.
func draw(samples []sample, bounds []time.Duration, d, interval time.Duration) []chart {
	samples = thinned(samples, d, interval)
	var charts []chart
	for _, def := range definitions(bounds) {
		charts = append(charts, def.draw(samples, d))
	}
	return charts
}

// ranges are the lengths of time that can be looked at, where the history has them.
var ranges = [...]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// rangeOf returns the length of time that a request asks for: a quarter of an hour, unless it says another.
func (h *Handler) rangeOf(r *http.Request) time.Duration {
	if asked, err := time.ParseDuration(r.FormValue("range")); err == nil {
		for _, d := range ranges {
			if d == asked && d <= h.options.History {
				return d
			}
		}
	}
	return min(ranges[1], h.options.History)
}

func (h *Handler) choices(current time.Duration) (list []choice) {
	for _, d := range ranges {
		if d <= h.options.History {
			list = append(list, choice{Value: d.String(), Name: length(d), Current: d == current})
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list
}

// length writes a length of time in words.
func length(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return count(d.Seconds()) + " seconds"
	case d <= time.Hour:
		return count(d.Minutes()) + " minutes"
	}
	return count(d.Hours()) + " hours"
}
