package session

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurnsOfOneSessionComeOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line turns
		begun, inside, done := time.Now(), 0, 0
		for range 100 {
			go func() {
				giveBack, err := line.take(t.Context(), Key{1})
				if err != nil {
					t.Error(err)
					return
				}
				if inside++; inside != 1 {
					t.Errorf("%d have their turn", inside)
				}
				pass(time.Second) // the race detector sees who else touches inside
				inside--
				done++
				giveBack()
			}()
		}
		pass(100*time.Second + time.Millisecond)
		synctest.Wait()
		if took := time.Since(begun); done != 100 || took > 101*time.Second {
			t.Errorf("%d turns of a second took %s", done, took)
		}
		if len(line.lines) != 0 {
			t.Errorf("%d lines are left where nobody waits", len(line.lines))
		}
	})
}

func TestTurnsOfOtherSessionsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line turns
		begun := time.Now()
		for i := range byte(100) {
			giveBack, err := line.take(t.Context(), Key{i})
			if err != nil {
				t.Fatal(err)
			}
			defer giveBack()
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("100 sessions waited %s for each other", took)
		}
	})
}

func TestWhoGivesUpATurnIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line turns
		giveBack, err := line.take(t.Context(), Key{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		if back, err := line.take(ctx, Key{}); !errors.Is(err, context.DeadlineExceeded) || back != nil || time.Since(begun) != time.Second {
			t.Errorf("take returns %v after %s", err, time.Since(begun))
		}
		giveBack()
		giveBack, err = line.take(t.Context(), Key{})
		if err != nil {
			t.Fatal(err)
		}
		giveBack()
		if len(line.lines) != 0 {
			t.Errorf("%d lines are left where nobody waits", len(line.lines))
		}
	})
}
