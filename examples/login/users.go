package main

import (
	"crypto/sha256"
	"crypto/subtle"
)

// A user is somebody who can log in.
type user struct {
	ID   int
	Name string
}

// authenticate returns the user with the name and the password.
//
// A real application keeps no password. It keeps, in its database, a slow and salted hash of each (argon2id, scrypt or
// bcrypt; OWASP's Password Storage Cheat Sheet has the parameters), hashes what was sent also where there is no such user,
// so that the time tells nothing, and limits how often somebody may try.
func authenticate(name, password string) (user, bool) {
	named := equal(name, "admin")
	known := equal(password, "password")
	if named&known != 1 {
		return user{}, false
	}
	return user{ID: 1, Name: "admin"}, true
}

// equal returns 1 where the texts are the same, in a time that depends on neither's content; the hashes hide the lengths.
func equal(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
