//go:build !linux

package torture_test

// threadID is for strace, which other systems do not have.
func threadID() int { return 0 }
