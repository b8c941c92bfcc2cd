package main

import (
	"cmp"
	"slices"
	"strings"
)

// A row is a result beside what it is compared with. A ratio is 0 where there is nothing to compare with.
type row struct {
	result
	toPeer  float64 // its time by that of the fastest peer with the same work, on the same kind of medium
	toFloor float64 // its time by that of the two floors
	gain    float64 // one goroutine's time by that of several, each of which had a session of its own
}

// sections are the benchmarks that the table shows, in its order.
var sections = []string{"Floor", "FloorFile", "Request", "Replay", "Many", "Writers"}

// ours reports whether the library is this project.
func (r *result) ours() bool { return strings.HasPrefix(r.library, "proapi") }

// onDisk sets apart what survives a restart on the server: it is compared with its like.
func (r *result) onDisk() bool { return r.medium == "file" }

// title says what was done.
func (r *result) title() string {
	switch {
	case r.library == "":
		return "floor: " + r.work
	case r.workers == "":
		return r.work
	case r.benchmark == "Writers":
		return r.work + ", " + r.workers + " at once"
	}
	return r.work + ", 10,000 sessions, " + r.workers + " at once"
}

// compare puts the sections in their order, in each of them work after work as they were run, and the fastest on top.
func compare(results []result) []row {
	results = slices.DeleteFunc(slices.Clone(results), func(r result) bool { return !slices.Contains(sections, r.benchmark) })
	floor := floors(results)
	rows := make([]row, len(results))
	for i, r := range results {
		rows[i] = row{
			result:  r,
			toPeer:  by(r.nanoseconds, fastestPeer(results, r)),
			toFloor: by(r.nanoseconds, floor),
			gain:    by(alone(results, r), r.nanoseconds),
		}
	}
	sortRows(rows)
	return rows
}

func sortRows(rows []row) {
	var titles []string
	for _, r := range rows {
		if !slices.Contains(titles, r.title()) {
			titles = append(titles, r.title())
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(
			cmp.Compare(slices.Index(sections, a.benchmark), slices.Index(sections, b.benchmark)),
			cmp.Compare(slices.Index(titles, a.title()), slices.Index(titles, b.title())),
			cmp.Compare(a.nanoseconds, b.nanoseconds),
		)
	})
}

// by divides, where both are known.
func by(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a / b
}

// floors returns the time of one signature and one search for the cookie, or 0 where both were not measured.
func floors(results []result) float64 {
	sum, found := 0.0, 0
	for _, r := range results {
		if r.benchmark == "Floor" && (r.work == "hmac" || r.work == "cookie") {
			sum += r.nanoseconds
			found++
		}
	}
	if found != 2 {
		return 0
	}
	return sum
}

// fastestPeer returns the shortest time in which another's library did r's work, or 0.
func fastestPeer(results []result, r result) float64 {
	best := 0.0
	for _, p := range results {
		if p.library == "" || p.ours() || p.title() != r.title() || p.onDisk() != r.onDisk() {
			continue
		}
		if best == 0 || p.nanoseconds < best {
			best = p.nanoseconds
		}
	}
	return best
}

// alone returns the time of one goroutine at the work that r's several do, or 0.
func alone(results []result, r result) float64 {
	if r.workers == "" || r.workers == "1" {
		return 0
	}
	for _, one := range results {
		if one.workers == "1" && one.benchmark == r.benchmark && one.work == r.work && one.library == r.library && one.medium == r.medium {
			return one.nanoseconds
		}
	}
	return 0
}
