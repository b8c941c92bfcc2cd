package admin

import (
	"math"
	"time"
)

// Fill puts a made-up hour of a busy application in the place of what was counted, for pictures.
func (h *Handler) Fill() {
	h.stop()
	h.running.Wait()
	bounds := h.sessions.Stats().LoadTime.Bounds
	now := time.Now()
	h.history = newHistory(int(h.history.size))
	n := int(h.options.History / h.options.Interval)
	s := sample{load: make([]uint64, len(bounds)+1), save: make([]uint64, len(bounds)+1), asked: true, exact: true, answered: 310 * time.Microsecond}
	for i := range n {
		t := float64(i) / float64(n)
		chance := func(k float64) float64 { // the same from 0 to 1 each time
			_, fraction := math.Modf(math.Abs(math.Sin(float64(i)*12.9898*k) * 43758.5453))
			return fraction
		}
		wave := 1 + .3*math.Sin(t*9) + .1*math.Sin(t*71) + .25*(chance(1)-.5)
		s.load, s.save = append([]uint64(nil), s.load...), append([]uint64(nil), s.save...)
		loads, saves := uint64(940*wave), uint64(210*wave*(.9+.2*chance(2)))
		for bucket, share := range []float64{0, .02, .1, .55, .22, .07, .025, .01, .004, .001} {
			shift := 0
			if math.Mod(t*11, 1) > .9 && chance(3) > .3 {
				shift = 1 // slower now and then
			}
			s.load[bucket+shift] += uint64(float64(loads) * share)
			s.save[bucket+shift+1] += uint64(float64(saves) * share)
		}
		s.loads, s.commits = s.loads+loads, s.commits+saves
		s.created += uint64(9*wave + 4*chance(4))
		s.logins += uint64(4*wave + 3*chance(5))
		s.logouts += uint64(2*wave + 2*chance(6))
		s.expired += uint64(3 * wave)
		if chance(7) > .8 {
			s.conflicts += uint64(4 * chance(8))
		}
		if chance(9) > .93 {
			s.rejected += 2
		}
		s.sessions = int64(41_200 + 7600*math.Sin(t*5) + 900*math.Sin(t*39) + 80*chance(10))
		s.bytes = s.sessions * 612
		s.at = now.Add(time.Duration(i-n+1) * h.options.Interval)
		h.history.add(s, bounds)
	}
}
