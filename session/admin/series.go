package admin

import "time"

// maxPoints bounds how many points a line has: more are not seen.
const maxPoints = 90

// thinned returns so many of the samples that a line over d has at most maxPoints, always the same ones, and the last.
func thinned(samples []sample, d, interval time.Duration) []sample {
	stride := uint64(max(1, (d/interval+maxPoints-1)/maxPoints))
	if stride == 1 {
		return samples
	}
	var few []sample
	for i, s := range samples {
		if s.seq%stride == 0 || i == len(samples)-1 {
			few = append(few, s)
		}
	}
	return few
}

// A measure makes one figure of a sample and the one before it, nil where there is none. It is false where there is no
// figure.
type measure func(from, to *sample) (float64, bool)

// gauge is what was so at the moment of a sample; what is negative is unknown.
func gauge(of func(*sample) int64) measure {
	return func(_, to *sample) (float64, bool) {
		n := of(to)
		return float64(n), n >= 0
	}
}

// rate is by how much a counter has grown in each unit of time.
func rate(unit time.Duration, of func(*sample) uint64) measure {
	return func(from, to *sample) (float64, bool) {
		if from == nil || !to.at.After(from.at) {
			return 0, false
		}
		return grown(of(from), of(to)) / float64(to.at.Sub(from.at)) * float64(unit), true
	}
}

// grown is by how much a counter has grown; one that was read in the midst of changes may seem to have shrunk.
func grown(from, to uint64) float64 {
	if to < from {
		return 0
	}
	return float64(to - from)
}

// quantile is within how long a share q of the calls between two samples were answered, in nanoseconds.
func quantile(q float64, bounds []time.Duration, of func(*sample) []uint64) measure {
	return func(from, to *sample) (float64, bool) {
		if from == nil {
			return 0, false
		}
		return within(q, bounds, of(from), of(to))
	}
}

// within returns the quantile of the calls that were counted between two states of a histogram, by a straight line
// through the bucket in which it lies; of the last one, which has no upper bound, its lower.
func within(q float64, bounds []time.Duration, before, after []uint64) (float64, bool) {
	total := 0.0
	for i := range after {
		total += grown(before[i], after[i])
	}
	if total == 0 {
		return 0, false
	}
	rank, lower := q*total, time.Duration(0)
	for i, upper := range bounds {
		n := grown(before[i], after[i])
		if n > 0 && rank <= n {
			return float64(lower) + rank/n*float64(upper-lower), true
		}
		rank, lower = rank-n, upper
	}
	return float64(lower), true
}

// A point is one figure and its place in time, from 0 to 1.
type point struct {
	x, value float64
	known    bool
	at       time.Time
}

// points makes a line of samples that end where the chart does, and fill at most d of it.
func points(samples []sample, d time.Duration, of measure) []point {
	line := make([]point, 0, len(samples))
	var from *sample
	for i := range samples {
		to := &samples[i]
		p := point{x: 1 - float64(samples[len(samples)-1].at.Sub(to.at))/float64(d), at: to.at}
		p.value, p.known = of(from, to)
		line = append(line, p)
		from = to
	}
	return line
}

// last returns the newest figure that is known.
func last(line []point) (float64, bool) {
	if len(line) == 0 {
		return 0, false
	}
	p := line[len(line)-1]
	return p.value, p.known
}

// spread returns the least and the greatest figure.
func spread(line []point) (least, most float64, known bool) {
	for _, p := range line {
		switch {
		case !p.known:
		case !known:
			least, most, known = p.value, p.value, true
		default:
			least, most = min(least, p.value), max(most, p.value)
		}
	}
	return least, most, known
}
