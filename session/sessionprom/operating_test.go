package sessionprom_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// section returns what stands in docs/operating.md between two texts.
func section(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), from)
	part, _, ends := strings.Cut(rest, to)
	if !found || !ends {
		t.Fatalf("docs/operating.md has no %q before %q", from, to)
	}
	return part
}

var metricRow = regexp.MustCompile("(?m)^\\| `(session_\\w+)` \\| `([a-z.]+)`")

func TestOperatingGuideListsEachMetric(t *testing.T) {
	names, listed := collected(t), map[string]bool{}
	for _, row := range metricRow.FindAllStringSubmatch(section(t, "## The metrics", "The reasons"), -1) {
		listed[row[1]] = true
		if !names[row[1]] || !strings.HasPrefix(row[1], strings.ReplaceAll(row[2], ".", "_")) {
			t.Errorf("the guide lists %s and %s, which there are not, or are not the same", row[1], row[2])
		}
	}
	for name := range names {
		if !listed[name] {
			t.Errorf("the guide does not list %s", name)
		}
	}
	m, _ := newManager(t)
	for reason := range m.Stats().Rejected {
		if !strings.Contains(section(t, "The reasons", "## Traces"), "`"+reason+"`") {
			t.Errorf("the guide does not explain the reason %s", reason)
		}
	}
}

func TestAlertsNameMetricsThatThereAre(t *testing.T) {
	names, alerts := collected(t), 0
	for line := range strings.Lines(section(t, "## Alerts", "## The log")) {
		_, expr, found := strings.Cut(line, " expr: ")
		if !found {
			continue
		}
		alerts++
		series := metricName.FindAllString(expr, -1)
		if len(series) == 0 {
			t.Errorf("an alert asks for nothing: %s", line)
		}
		for _, s := range series {
			if !names[metricOf(s)] {
				t.Errorf("an alert asks for %s, which there is not", s)
			}
		}
	}
	if alerts < 5 {
		t.Errorf("%d alerts, want more", alerts)
	}
}
