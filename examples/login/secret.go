package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
)

// keptSecret returns the secret in a file beside the sessions, and makes it at the first start, so that whoever tries the
// example stays logged in over a restart. An application in production gets its secret from its environment, as this one
// does where PROAPI_SESSION_SECRET_KEY is set.
func keptSecret(file string) (string, error) {
	secret, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		secret = []byte(rand.Text() + rand.Text()) // 260 bits
		err = os.WriteFile(file, secret, 0o600)
	}
	return string(secret), err
}
