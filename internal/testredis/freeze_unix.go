//go:build unix

package testredis

import "syscall"

// What makes a process stop where it is, and go on.
const (
	pause   = syscall.SIGSTOP
	proceed = syscall.SIGCONT
)
