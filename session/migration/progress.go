package migration

import "time"

// Progress is how far a Copy has come.
type Progress struct {
	Total     int           // records at the beginning, where they were counted; 0 where not
	Done      int           // records that were looked at: those moved, skipped and gone
	Moved     int           // sessions that this Copy brought to the new store
	Skipped   int           // sessions that had moved before, by themselves or by another Copy
	Gone      int           // sessions that ended before it was their turn
	Conflicts int           // how often a session was changed while it was being moved, and was looked at again
	Elapsed   time.Duration // since the beginning, without the counting
}

// Rate returns how many records are looked at in a second.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Done) / p.Elapsed.Seconds()
}

// Remaining returns how long the rest will take at the present rate, and false where that is not known.
func (p Progress) Remaining() (time.Duration, bool) {
	if p.Total == 0 || p.Done == 0 {
		return 0, false
	}
	left := max(0, p.Total-p.Done)
	return time.Duration(float64(left) / p.Rate() * float64(time.Second)), true
}
