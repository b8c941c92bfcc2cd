package admin

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The coordinates of a chart's lines, which are stretched to its place on the page.
const (
	chartWidth  = 600
	chartHeight = 150
	tableRows   = 12
)

// A chart is drawn by the server: lines as paths, and the same as text.
type chart struct {
	ID, Title, Unit string
	Lines           []line
	Top, Middle     string // the figures at the scale's marks; the lowest is 0
	Summary         string // the chart in words
	Times           []string
	Rows            [][]string // of the table: a time and a figure for each line
}

// A line is one of a chart's.
type line struct {
	ID, Name, Now string
	Path, Area    string // of SVG; Area is "" where a chart has several lines

	points []point
}

// A definition says what a chart shows.
type definition struct {
	id, title, unit string
	format          format
	lines           []definedLine
}

type definedLine struct {
	name string
	of   measure
}

// definitions are those of all charts.
func definitions(bounds []time.Duration) []definition {
	load, save := func(s *sample) []uint64 { return s.load }, func(s *sample) []uint64 { return s.save }
	return []definition{
		{"now", "Sessions in the store", "", counted(), []definedLine{
			{"Sessions", gauge(func(s *sample) int64 { return s.sessions })},
		}},
		{"flow", "New and ended sessions", "a minute", perTime(), []definedLine{
			{"New", rate(time.Minute, func(s *sample) uint64 { return s.created })},
			{"Logins", rate(time.Minute, func(s *sample) uint64 { return s.logins })},
			{"Ended", rate(time.Minute, func(s *sample) uint64 { return s.logouts + s.revoked + s.expired })},
		}},
		{"work", "Loads and commits", "a second", perTime(), []definedLine{
			{"Loads", rate(time.Second, func(s *sample) uint64 { return s.loads })},
			{"Commits", rate(time.Second, func(s *sample) uint64 { return s.commits })},
		}},
		{"latency", "How long the store takes", "", timed(), []definedLine{
			{"Load, median", quantile(.5, bounds, load)},
			{"Load, 95 %", quantile(.95, bounds, load)},
			{"Save, 95 %", quantile(.95, bounds, save)},
		}},
		{"trouble", "Conflicts and failures", "a minute", perTime(), []definedLine{
			{"Conflicts, retried", rate(time.Minute, func(s *sample) uint64 { return s.conflicts })},
			{"Cookies rejected", rate(time.Minute, func(s *sample) uint64 { return s.rejected })},
			{"Store unavailable", rate(time.Minute, func(s *sample) uint64 { return s.unavailable })},
		}},
		{"size", "Size of the store", "", sized(), []definedLine{
			{"Bytes", gauge(func(s *sample) int64 { return s.bytes })},
		}},
	}
}

// draw makes the chart of the samples of the last d.
func (def *definition) draw(samples []sample, d time.Duration) chart {
	c := chart{ID: def.id, Title: def.title, Unit: def.unit}
	most := 0.0
	for i, l := range def.lines {
		drawn := line{ID: fmt.Sprintf("%s-%d", def.id, i), Name: l.name, Now: "–", points: points(samples, d, l.of)}
		if v, known := last(drawn.points); known {
			drawn.Now = def.format.text(v)
		}
		_, highest, _ := spread(drawn.points)
		most = max(most, highest)
		c.Lines = append(c.Lines, drawn)
	}
	top := def.format.roundUp(most)
	c.Top, c.Middle = def.format.text(top), def.format.text(top/2)
	for i := range c.Lines {
		l := &c.Lines[i]
		l.Path = stroke(l.points, top)
		if len(c.Lines) == 1 {
			l.Area = area(l.points, top)
		}
	}
	c.Summary = c.words(def.format, d)
	c.tabulate(def.format)
	return c
}

// stroke returns the points as the commands of an SVG path, interrupted where nothing is known.
func stroke(line []point, top float64) string {
	var b strings.Builder
	drawn := false
	for _, p := range line {
		switch {
		case !p.known:
			drawn = false
			continue
		case !drawn:
			b.WriteByte('M')
		default:
			b.WriteByte('L')
		}
		b.WriteString(coordinate(p.x*chartWidth) + " " + coordinate(chartHeight-p.value/top*chartHeight))
		if !drawn {
			b.WriteString("h0") // a point without neighbours is a dot
		}
		drawn = true
	}
	return b.String()
}

// area returns the path of what lies below a line, "" where that is interrupted.
func area(line []point, top float64) string {
	known := line
	for len(known) > 0 && !known[0].known {
		known = known[1:]
	}
	whole := stroke(known, top)
	if len(known) < 2 || strings.Count(whole, "M") != 1 {
		return ""
	}
	from, to := coordinate(known[0].x*chartWidth), coordinate(known[len(known)-1].x*chartWidth)
	return fmt.Sprintf("%sL%s %dL%s %dZ", whole, to, chartHeight, from, chartHeight)
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// words tells a chart to those who do not see it.
func (c *chart) words(f format, d time.Duration) string {
	var said []string
	for _, l := range c.Lines {
		least, most, known := spread(l.points)
		if !known {
			said = append(said, l.Name+": no figures.")
			continue
		}
		unit := ""
		if c.Unit != "" {
			unit = " " + c.Unit
		}
		said = append(said, fmt.Sprintf("%s: %s%s now, from %s to %s in the last %s.", l.Name, l.Now, unit, f.text(least), f.text(most), length(d)))
	}
	return strings.Join(said, " ")
}

// tabulate makes the table: the newest figures, and some before them.
func (c *chart) tabulate(f format) {
	n := len(c.Lines[0].points)
	step := max(1, n/tableRows)
	for i := n - 1; i >= 0 && len(c.Rows) < tableRows; i -= step {
		row := []string{}
		for _, l := range c.Lines {
			text := "–"
			if p := l.points[i]; p.known {
				text = f.text(p.value)
			}
			row = append(row, text)
		}
		c.Times = append(c.Times, c.Lines[0].points[i].at.UTC().Format(time.TimeOnly))
		c.Rows = append(c.Rows, row)
	}
}
