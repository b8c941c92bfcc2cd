// Package attacktest holds tests that are written as the attacker: each file is one attack, with real HTTP between him and an
// application whose login and logout are those of the first guide that a reader meets. docs/security.md names them one by
// one.
//
// There is nothing here to import.
package attacktest
