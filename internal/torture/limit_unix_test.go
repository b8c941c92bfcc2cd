//go:build unix

package torture_test

import (
	"os"
	"syscall"
	"testing"
)

// descriptorLimit raises the number of descriptors that this process may have as far as it may, and returns it.
func descriptorLimit(tb testing.TB) int {
	tb.Helper()
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		tb.Fatal(err)
	}
	l.Cur = l.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		tb.Logf("%v", err)
	}
	return int(min(l.Cur, 1<<20))
}

// descriptorsOf returns how many descriptors this process has.
func descriptorsOf(tb testing.TB) int {
	tb.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		tb.Fatal(err)
	}
	return len(files)
}
