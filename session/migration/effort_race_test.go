//go:build race

package migration_test

// The race detector makes the model twenty times slower, and has nothing to find in it: only one process runs at a time.
const (
	interruptions = 1
	randomRuns    = 2_000
)
