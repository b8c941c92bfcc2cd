package session

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
)

// An ID identifies a session: 256 bits from crypto/rand (OWASP ASVS 5.0 asks for 128, 7.2.3). IDs can be compared; they
// print as "[redacted]" with every verb, in logs and in JSON, because who knows an ID and the secret key has the
// session.
type ID [32]byte

const redacted = "[redacted]"

func newID() ID {
	var id ID
	_, _ = rand.Read(id[:]) // never fails: the process is ended where the system has no randomness
	return id
}

// key returns what a store knows the session by.
func (id ID) key() Key { return sha256.Sum256(id[:]) }

// IsZero reports whether this is no ID at all.
func (id ID) IsZero() bool { return id == ID{} }

// String returns "[redacted]".
func (ID) String() string { return redacted }

// Format prints "[redacted]", whatever the verb.
func (ID) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue logs "[redacted]".
func (ID) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives "[redacted]", for JSON and other encodings.
func (ID) MarshalText() ([]byte, error) { return []byte(redacted), nil }
