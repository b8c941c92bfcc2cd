//go:build !race

package torture_test

// mostGoroutines is how many goroutines a test may start.
const mostGoroutines = 1 << 20
