//go:build race

package torture_test

// mostGoroutines is how many goroutines a test may start: the race detector knows 8,128.
const mostGoroutines = 6000
