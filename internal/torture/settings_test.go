package torture_test

import (
	"hash/fnv"
	"math/rand/v2" //nolint:depguard // no secret: a run is to be repeated
	"os"
	"strconv"
	"testing"
	"time"
)

// long returns how long a part of the long form takes, 0 in the short form.
func long(tb testing.TB) time.Duration {
	tb.Helper()
	text := os.Getenv("TORTURE")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		tb.Fatalf("TORTURE is %q: it takes a duration, such as 2m", text)
	}
	return d
}

// forms returns what the short form takes, or what the long one does.
func forms[T any](tb testing.TB, short, longer T) T {
	tb.Helper()
	if long(tb) > 0 {
		return longer
	}
	return short
}

// during returns for how long a test goes on.
func during(tb testing.TB, short time.Duration) time.Duration {
	tb.Helper()
	return max(short, long(tb))
}

// seedOf returns the run's seed and prints it.
func seedOf(tb testing.TB) uint64 {
	tb.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TORTURE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatalf("TORTURE_SEED is %q: it takes a number", text)
		}
	}
	tb.Logf("seed: TORTURE_SEED=%d", seed)
	return seed
}

// choices returns where one of a run's parts has its choices from.
func choices(seed uint64, part string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(part))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// wait waits, but not past the end of stop.
func wait(stop <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stop:
	}
}
