//go:build !unix

package testredis

import "os"

// Elsewhere a process cannot be stopped, and Signal says so. There is no Redis either.
var pause, proceed = os.Interrupt, os.Interrupt
