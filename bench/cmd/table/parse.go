package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A result is what one benchmark measured: the median, where it was run several times.
type result struct {
	benchmark                      string // without "Benchmark", such as "Request"
	medium, library, work, workers string // of its name's medium=file/library=proapi/work=read/goroutines=2
	nanoseconds, allocations       float64
}

// processors is what go test adds to a benchmark's name.
var processors = regexp.MustCompile(`-\d+$`)

// parse reads the output of go test -bench. The results come in the order of their first appearance.
func parse(r io.Reader) ([]result, error) {
	var names []string
	times, allocations := map[string][]float64{}, map[string][]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		ns, err := figure(fields[2:], "ns/op")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		allocs, _ := figure(fields[2:], "allocs/op") // printed on request alone
		if times[name] == nil {
			names = append(names, name)
		}
		times[name] = append(times[name], ns)
		allocations[name] = append(allocations[name], allocs)
	}
	results := make([]result, len(names))
	for i, name := range names {
		results[i] = named(name)
		results[i].nanoseconds, results[i].allocations = median(times[name]), median(allocations[name])
	}
	return results, lines.Err()
}

// figure returns the number before the unit.
func figure(fields []string, unit string) (float64, error) {
	at := slices.Index(fields, unit)
	if at < 1 {
		return 0, fmt.Errorf("no figure in %s", unit)
	}
	return strconv.ParseFloat(fields[at-1], 64)
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
		case "goroutines":
			r.workers = value
		}
	}
	return r
}

// median returns the middle one of some figures, and the mean of the two that are there where their number is even.
func median(figures []float64) float64 {
	s := slices.Sorted(slices.Values(figures))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}
