// Package torture holds no code: its tests treat sessions badly, and count what is lost.
//
// Each test has a short form, which `go test` runs, and a long one, which `make torture` runs. Every run prints what it did
// and its seed, from which all that the test chooses follows: the requests, the faults and the times between them, though not
// how the machine interleaves them.
//
//	TORTURE=2m            the long form: so long for each part
//	TORTURE_SEED=12345    the choices of an earlier run
//	TORTURE_PROFILES=DIR  profiles of the heap while slow clients wait, written there
//
// docs/reliability.md says what has been found to hold.
package torture
