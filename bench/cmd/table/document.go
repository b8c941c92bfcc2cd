package main

import (
	"fmt"
	"os"
	"strings"
)

// tables are those that the document has, by the names that stand in its comments.
var tables = map[string]func(set) string{
	"targets": targetTable,
	"memory":  memoryTable,
	"files":   fileTable,
	"scale":   scaleTable,
	"many":    manyFilesTable,
	"server":  serverTable,
}

// writeDocument puts the tables into the document, each between the comments <!-- begin name --> and <!-- end name -->.
// One of which nothing was measured stays as it is.
func writeDocument(path string, all set) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(b)
	for name, table := range tables {
		lines := table(all)
		if lines == "" {
			continue
		}
		if text, err = replaceBetween(text, name, lines); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// replaceBetween puts lines between the two comments of that name.
func replaceBetween(text, name, lines string) (string, error) {
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	before, rest, found := strings.Cut(text, begin)
	if !found {
		return "", fmt.Errorf("it has no comment %q", strings.TrimSpace(begin))
	}
	_, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("it has no comment %q", end)
	}
	return before + begin + lines + end + after, nil
}

// A set is all that was measured.
type set []result

// find returns the result of a benchmark whose name has such a path, nil where there is none.
func (s set) find(benchmark, path string) *result {
	want := named(benchmark + "/" + path)
	for i := range s {
		r := &s[i]
		if r.benchmark == want.benchmark && r.medium == want.medium && r.library == want.library && r.work == want.work &&
			r.workers == want.workers && r.sessions == want.sessions {
			return r
		}
	}
	return nil
}

// time returns find's nanoseconds, 0 where there are none.
func (s set) time(benchmark, path string) float64 { return s.metric(benchmark, path, "ns/op") }

func (s set) metric(benchmark, path, unit string) float64 {
	r := s.find(benchmark, path)
	if r == nil {
		return 0
	}
	return r.metrics[unit]
}

// peer returns the fastest other library that keeps its sessions in the medium.
func (s set) peer(medium, work string) *result {
	var best *result
	for i := range s {
		r := &s[i]
		if r.benchmark == "Request" && r.medium == medium && r.work == work && !r.ours() && (best == nil || r.nanoseconds < best.nanoseconds) {
			best = r
		}
	}
	return best
}

// sizes returns the numbers of sessions with which a work was measured.
func (s set) sizes(benchmark, medium, work string) (sizes []int) {
	for i := range s {
		if r := &s[i]; r.benchmark == benchmark && r.medium == medium && r.work == work {
			sizes = append(sizes, r.sessions)
		}
	}
	return sizes
}
