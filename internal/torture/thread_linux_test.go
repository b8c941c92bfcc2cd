package torture_test

import "syscall"

// threadID returns the number of the thread that runs.
func threadID() int { return syscall.Gettid() }
