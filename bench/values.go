package bench

import (
	"encoding/gob"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Values returns what a session of these benchmarks holds.
func Values() map[string]any {
	return map[string]any{
		"visits": 42,
		"name":   "Ada",
		"admin":  false,
		"since":  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"text":   strings.Repeat("x", 100),
	}
}

// written is what Write adds to a number of its own, so that it can be told from the number of Values.
const written = 1000

// another returns a number that differs from call to call. A shared counter would be fought over by the processors,
// and measured with every library.
func another() int { return written + rand.IntN(1<<30) }

// check panics where a session does not hold what was stored: a library that loses values is no faster for it.
func check(visits, name any, least int) {
	if n, ok := visits.(int); !ok || n < least || name != "Ada" {
		panic(fmt.Sprintf("bench: the session holds visits %v and name %v", visits, name))
	}
}

// registerTypes makes known to encoding/gob, which most libraries store values with, what it does not know by itself.
func registerTypes() { gob.Register(time.Time{}) }
