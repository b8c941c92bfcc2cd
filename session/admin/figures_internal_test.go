package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFiguresAreWrittenForPeople(t *testing.T) {
	for _, test := range []struct {
		got, want string
	}{
		{count(0), "0"},
		{count(999), "999"},
		{count(1000), "1,000"},
		{count(1234567.4), "1,234,567"},
		{count(-1234), "-1,234"},
		{decimal(0), "0"},
		{decimal(0.04), "0.04"},
		{decimal(0.96), "1"},
		{decimal(3.14), "3.1"},
		{decimal(1234), "1,234"},
		{duration(0), "0 ns"},
		{duration(350), "350 ns"},
		{duration(1500), "1.5 µs"},
		{duration(2.5e6), "2.5 ms"},
		{duration(3e9), "3 s"},
		{size(0), "0 B"},
		{size(1023), "1,023 B"},
		{size(1536), "1.5 KiB"},
		{size(3 << 30), "3 GiB"},
		{size(5 << 50), "5,120 TiB"},
		{plural(1), "1 session"},
		{plural(2000), "2,000 sessions"},
	} {
		if test.got != test.want {
			t.Errorf("it is %q, want %q", test.got, test.want)
		}
	}
}

func TestTimesAreWrittenInTheirLargestUnit(t *testing.T) {
	now := time.Now()
	for d, want := range map[time.Duration]string{
		-time.Second: "just now", 2 * time.Second: "just now", 10 * time.Second: "10 s ago", 119 * time.Second: "119 s ago",
		10 * time.Minute: "10 min ago", 5 * time.Hour: "5 h ago", 90 * time.Hour: "3 days ago",
	} {
		if got := ago(now, now.Add(-d)); got != want {
			t.Errorf("%s ago is %q, want %q", d, got, want)
		}
	}
	if got := ahead(now, now.Add(10*time.Minute)); got != "in 10 min" {
		t.Errorf("it is %q", got)
	}
	if got := ahead(now, now.Add(-time.Minute)); got != "in a moment" {
		t.Errorf("what is over is %q", got)
	}
}

func TestScalesEndAtRoundFigures(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 0.3: 0.4, 1: 1, 1.2: 2, 3: 4, 47: 50, 51: 100, 44_752: 50_000, 2.2e6: 4e6} {
		if got := counted().roundUp(v); got < want*.999 || got > want*1.001 {
			t.Errorf("%g is rounded to %g, want %g", v, got, want)
		}
	}
	for v, want := range map[float64]string{1000: "1,000 B", 1500: "2 KiB", 27 << 20: "40 MiB", 900 << 20: "1,000 MiB", 1020 << 20: "1 GiB"} {
		if got := size(sized().roundUp(v)); got != want {
			t.Errorf("%g is rounded to %s, want %s", v, got, want)
		}
	}
	for v := 0.001; v < 1e15; v *= 1.37 {
		for _, f := range []format{counted(), sized()} {
			if got := f.roundUp(v); got < v || got > 3*v {
				t.Errorf("%g is rounded to %g", v, got)
			}
		}
	}
}

func TestQuantilesOfAHistogram(t *testing.T) {
	bounds := []time.Duration{10, 20, 40}
	before := []uint64{5, 5, 5, 5}
	for _, test := range []struct {
		q     float64
		grown [4]uint64
		want  float64
		known bool
	}{
		{.5, [4]uint64{}, 0, false},
		{.5, [4]uint64{10, 0, 0, 0}, 5, true},
		{.5, [4]uint64{0, 10, 0, 0}, 15, true},
		{.5, [4]uint64{5, 5, 0, 0}, 10, true},
		{.95, [4]uint64{90, 0, 10, 0}, 30, true},
		{.95, [4]uint64{1, 0, 0, 99}, 40, true}, // no upper bound
		{1, [4]uint64{1, 1, 1, 0}, 40, true},
	} {
		after := make([]uint64, 4)
		for i := range after {
			after[i] = before[i] + test.grown[i]
		}
		if got, known := within(test.q, bounds, before, after); got != test.want || known != test.known {
			t.Errorf("quantile %g of %v is %g, %t, want %g", test.q, test.grown, got, known, test.want)
		}
	}
}

// series are samples a second apart, with so many loads and sessions.
func series(now time.Time, loads ...int) (samples []sample) {
	for i, n := range loads {
		s := sample{seq: uint64(i), at: now.Add(time.Duration(i-len(loads)+1) * time.Second), sessions: int64(n), bytes: -1}
		s.loads, s.load, s.save = uint64(n), make([]uint64, 1), make([]uint64, 1)
		samples = append(samples, s)
	}
	return samples
}

func chartOf(t *testing.T, id string, samples []sample, d time.Duration) chart {
	t.Helper()
	for _, c := range draw(samples, nil, d, time.Second) {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("there is no chart %s", id)
	return chart{}
}

func TestChartIsDrawnAndTold(t *testing.T) {
	samples := series(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 0, 10, 40, 40)
	c := chartOf(t, "work", samples, 10*time.Second)
	if want := "M480.0 112.5h0L540.0 37.5L600.0 150.0"; c.Lines[0].Path != want { // 10, 30 and 0 a second, of 40
		t.Errorf("the line is %s, want %s", c.Lines[0].Path, want)
	}
	if c.Top != "40" || c.Middle != "20" || c.Lines[0].Now != "0" || c.Lines[0].Area != "" {
		t.Errorf("the chart is %+v", c)
	}
	if want := "Loads: 0 a second now, from 0 to 30 in the last 10 seconds."; !strings.HasPrefix(c.Summary, want) {
		t.Errorf("it is told as %q, want %q", c.Summary, want)
	}
	if got := fmt.Sprint(c.Times[0], c.Rows); got != "03:04:05[[0 0] [30 0] [10 0] [– –]]" {
		t.Errorf("its table is %s", got)
	}
	now := chartOf(t, "now", samples, 10*time.Second)
	if want := "M420.0 150.0h0L480.0 112.5L540.0 0.0L600.0 0.0L600.0 150L420.0 150Z"; now.Lines[0].Area != want {
		t.Errorf("the area is %s, want %s", now.Lines[0].Area, want)
	}
}

func TestChartWithoutFiguresSaysSo(t *testing.T) {
	for name, samples := range map[string][]sample{"none": nil, "one": series(time.Now(), 3), "unknown": series(time.Now(), 1, 2)} {
		c := chartOf(t, "size", samples, time.Minute)
		if c.Lines[0].Path != "" || c.Lines[0].Now != "–" || c.Summary != "Bytes: no figures." || c.Top == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestLongHistoryIsThinnedAlwaysInTheSamePlaces(t *testing.T) {
	samples := series(time.Now(), make([]int, 3600)...)
	few := thinned(samples, time.Hour, time.Second)
	if len(few) > maxPoints+1 || few[len(few)-1].seq != 3599 {
		t.Errorf("%d of 3600 are left, the last of them %d", len(few), few[len(few)-1].seq)
	}
	next := thinned(samples[1:], time.Hour, time.Second)
	if few[1].seq != next[0].seq {
		t.Error("a second later they are others")
	}
	if all := thinned(samples[:50], time.Minute, time.Second); len(all) != 50 {
		t.Errorf("%d of 50 are left", len(all))
	}
}

func TestStoreTileTellsOfFailures(t *testing.T) {
	fail := func(at int, change func(*sample)) []sample {
		samples := series(time.Now(), make([]int, 200)...)
		for i := at; i < len(samples); i++ {
			change(&samples[i])
		}
		return samples
	}
	for name, test := range map[string]struct {
		samples            []sample
		figure, state, has string
	}{
		"good":         {fail(0, func(s *sample) { s.asked = true }), "Answers", "good", "no failure"},
		"a moment ago": {fail(190, func(s *sample) { s.unavailable = 3 }), "Fails", "bad", "3 failures"},
		"before":       {fail(20, func(s *sample) { s.unavailable = 3 }), "Answers", "good", "3 failures"},
		"now":          {fail(199, func(s *sample) { s.failed = true }), "Does not answer", "bad", ""},
	} {
		if got := storeTile(test.samples, 5*time.Minute); got.Figure != test.figure || got.State != test.state || !strings.Contains(got.Note, test.has) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
