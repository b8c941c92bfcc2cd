package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
)

// A user is somebody who can log in.
type user struct {
	ID    int
	Name  string
	Admin bool

	password
}

// A password is kept as a slow and salted hash, from which nobody learns it.
type password struct{ salt, hash []byte }

// users are those who can log in. They are in memory, and a changed password is the old one again at the next start: a real
// application has them in its database. It also limits how often somebody may try.
type users struct {
	rounds int // of PBKDF2: what OWASP's Password Storage Cheat Sheet asks for is 600,000; better is argon2id

	mu     sync.RWMutex
	byName map[string]user
}

const passwordRounds = 600_000

// newUsers returns the users of the example, whose password is "password".
func newUsers(rounds int) *users {
	u := &users{rounds: rounds, byName: make(map[string]user)}
	initial := u.newPassword("password")
	for _, one := range []user{{ID: 1, Name: "admin", Admin: true}, {ID: 2, Name: "ann"}} {
		one.password = initial
		u.byName[one.Name] = one
	}
	return u
}

// authenticate returns the user with the name and the password. It takes as long for a name that nobody has, so that the
// time tells nothing.
func (u *users) authenticate(name, given string) (user, bool) {
	found := u.named(name)
	hash := u.hash(given, found.salt)
	return found, subtle.ConstantTimeCompare(hash, found.hash) == 1
}

// named returns the user with the name, a zero one where there is none.
func (u *users) named(name string) user {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.byName[name]
}

// setPassword gives the user another password.
func (u *users) setPassword(name, given string) {
	changed := u.newPassword(given)
	u.mu.Lock()
	defer u.mu.Unlock()
	if one, ok := u.byName[name]; ok {
		one.password = changed
		u.byName[name] = one
	}
}

func (u *users) newPassword(given string) password {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	return password{salt: salt, hash: u.hash(given, salt)}
}

func (u *users) hash(given string, salt []byte) []byte {
	hash, err := pbkdf2.Key(sha256.New, given, salt, u.rounds, sha256.Size)
	if err != nil {
		panic(err) // only for a length that we do not ask for
	}
	return hash
}
