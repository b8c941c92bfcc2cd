package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A result is what one benchmark measured. Where it was run several times, that is the least of each figure: what else a
// machine does only adds. Of what is better the more it is, and of the longest pauses, it is the most.
type result struct {
	benchmark                      string // without "Benchmark", such as "Request"
	medium, library, work, workers string // of its name's medium=file/library=proapi/work=read/goroutines=2, or processors=2
	sessions                       int    // and of sessions=10000
	nanoseconds, allocations       float64
	metrics                        map[string]float64 // everything it printed, by unit
}

// processors is what go test adds to a benchmark's name.
var processors = regexp.MustCompile(`-\d+$`)

// parse reads the output of go test -bench. The results come in the order of their first appearance.
func parse(r io.Reader) ([]result, error) {
	var names []string
	printed := map[string]map[string][]float64{} // by benchmark and unit
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if printed[name] == nil {
			names = append(names, name)
			printed[name] = map[string][]float64{}
		}
		if err := figures(fields[2:], printed[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	results := make([]result, len(names))
	for i, name := range names {
		r := named(name)
		r.metrics = map[string]float64{}
		for unit, all := range printed[name] {
			r.metrics[unit] = best(unit, all)
		}
		r.nanoseconds, r.allocations = r.metrics["ns/op"], r.metrics["allocs/op"]
		results[i] = r
	}
	return results, lines.Err()
}

// figures adds what stands in a line after the number of runs: a figure and its unit, again and again.
func figures(fields []string, into map[string][]float64) error {
	for i := 0; i+1 < len(fields); i += 2 {
		f, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return fmt.Errorf("%s is no figure: %w", fields[i], err)
		}
		into[fields[i+1]] = append(into[fields[i+1]], f)
	}
	if into["ns/op"] == nil {
		return errors.New("no figure in ns/op")
	}
	return nil
}

func named(name string) result {
	var r result
	parts := strings.Split(name, "/")
	r.benchmark = parts[0]
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "medium":
			r.medium = value
		case "library":
			r.library = value
		case "work":
			r.work = value
		case "goroutines", "processors":
			r.workers = value
		case "sessions":
			r.sessions, _ = strconv.Atoi(value) // 0 for what is no number
		}
	}
	return r
}

// best returns the one of several figures that counts.
func best(unit string, all []float64) float64 {
	if unit == "requests/s" || strings.HasPrefix(unit, "max-") {
		return slices.Max(all)
	}
	return slices.Min(all)
}
