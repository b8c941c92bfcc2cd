package scsstore

import (
	"errors"
	"strings"

	"github.com/proapi-go/proapi/session/store"
)

// A callError says which call of a store failed, and why.
type callError struct {
	text string
	err  error
}

// failed returns what a method returns for an error: those of the contract as they are, and a backing's without the token
// that it may have named.
func failed(op string, key store.Key, err error) error {
	if errors.Is(err, store.ErrConflict) {
		return err
	}
	return &callError{"scsstore: " + op + ": " + strings.ReplaceAll(err.Error(), tokenOf(key), "[redacted]"), err}
}

func (e *callError) Error() string { return e.text }

func (e *callError) Unwrap() error { return e.err }
