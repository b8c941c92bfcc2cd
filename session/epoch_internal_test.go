package session

import (
	"testing"
	"time"
)

// Otherwise a revocation on another node would be unknown here for as long as the clock was set back.
func TestEpochIsAskedForAgainAfterTheClockWasSetBack(t *testing.T) {
	now := at(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	for since, want := range map[time.Duration]bool{
		0: true, 999 * time.Millisecond: true, time.Second: false, time.Hour: false,
		-time.Second: true, // a request that came before, and looks late
		-time.Hour:   false,
	} {
		if got := isFresh(now.after(since), now); got != want {
			t.Errorf("%s later it is fresh: %t", since, got)
		}
	}
}
