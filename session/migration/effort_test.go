//go:build !race

package migration_test

// How much of the model is played.
const (
	interruptions = 2
	randomRuns    = 60_000
)
