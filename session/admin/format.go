package admin

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A format writes a figure for people.
type format struct {
	text func(float64) string
	base float64 // of the steps in which scales are rounded: 10, or 1024
}

func counted() format { return format{text: count, base: 10} }
func perTime() format { return format{text: decimal, base: 10} }
func timed() format   { return format{text: duration, base: 10} }
func sized() format   { return format{text: size, base: 1024} }

// count writes a whole number with its thousands apart.
func count(v float64) string {
	digits := strconv.FormatInt(int64(math.Round(v)), 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// decimal writes a number with as many decimals as are of interest.
func decimal(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 10:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return count(v)
}

// duration writes nanoseconds.
func duration(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if v >= unit.size {
			return decimal(v/unit.size) + " " + unit.name
		}
	}
	return decimal(math.Round(v)) + " ns"
}

// size writes a number of bytes.
func size(v float64) string {
	names := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for v >= 1024 && i < len(names)-1 {
		v, i = v/1024, i+1
	}
	return decimal(v) + " " + names[i]
}

// roundUp returns the next round figure, at which a scale may end.
func (f format) roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(f.base, math.Floor(math.Log(v)/math.Log(f.base)))
	ten := math.Pow(10, math.Floor(math.Log10(v/unit)))
	for _, step := range []float64{1, 2, 4, 5, 10} {
		if round := min(step*ten, f.base) * unit; round >= v {
			return round
		}
	}
	return f.base * unit
}

// ago writes how long before now something was.
func ago(now, t time.Time) string { return span(now.Sub(t), "just now", " ago") }

// ahead writes how long after now something will be.
func ahead(now, t time.Time) string {
	text := span(t.Sub(now), "in a moment", "")
	if text == "in a moment" {
		return text
	}
	return "in " + text
}

// span writes a length of time in its largest unit.
func span(d time.Duration, short, suffix string) string {
	switch {
	case d < 5*time.Second:
		return short
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s%s", d/time.Second, suffix)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min%s", d/time.Minute, suffix)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h%s", d/time.Hour, suffix)
	}
	return fmt.Sprintf("%d days%s", d/(24*time.Hour), suffix)
}

// plural writes a number of sessions.
func plural(n int) string {
	if n == 1 {
		return "1 session"
	}
	return count(float64(n)) + " sessions"
}
