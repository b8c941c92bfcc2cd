package session

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pass lets d pass in a synctest bubble.
func pass(d time.Duration) { <-time.After(d) }

func TestClockTellsTheTimeInUTCToTheMicrosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		for range 100 {
			pass(377*time.Millisecond + 1234567)
			want := time.Now().UTC().Truncate(time.Microsecond)
			if got := c.now().time(); got != want {
				t.Fatalf("it is %s, want %s", got, want)
			}
		}
	})
}

func TestClockSetBackALittleStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		ahead := time.Now().Add(clockSkew).Truncate(time.Second)
		c.mark.Store(ahead.Unix()) // the clock told this before it was set back
		for range 4 {
			if got := c.now().time(); !got.Equal(ahead) || got.Location() != time.UTC {
				t.Errorf("it is %s, want %s until that has come", got, ahead)
			}
			pass(time.Minute)
		}
		pass(time.Minute + time.Second)
		if got := c.now().time(); !got.Equal(time.Now()) {
			t.Errorf("it is %s, want %s", got, time.Now())
		}
	})
}

func TestClockSetBackByMuchIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		c.mark.Store(time.Now().Add(clockSkew + time.Second).Unix())
		if got := c.now().time(); !got.Equal(time.Now()) {
			t.Errorf("it is %s, want %s", got, time.Now())
		}
	})
}

func TestClockDoesNotGoBackBetweenGoroutines(t *testing.T) {
	var c clock
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for last := c.now(); ; {
				now := c.now()
				if now.second() < last.second() {
					t.Errorf("after %s it is %s", last.time(), now.time())
				}
				if now.since(last) > time.Millisecond {
					return
				}
			}
		})
	}
	all.Wait()
	if mark := c.mark.Load(); mark == 0 || mark > time.Now().Unix() {
		t.Errorf("the latest second told is %d", mark)
	}
}
