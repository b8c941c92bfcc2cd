package store

import (
	"fmt"
	"io"
	"log/slog"
)

// KeySize is the number of bytes in a Key.
const KeySize = 32

// A Key is the name under which a store keeps a session: the SHA-256 of the session's ID, so that who reads the store
// cannot make a cookie from it. All 32 bytes are uniformly distributed; any of them can choose a shard.
//
// A Key prints as "[redacted]" with every verb, in logs and in JSON. A store that needs its text, for a file's name or a
// column, encodes the bytes (hex.EncodeToString(key[:])).
type Key [KeySize]byte

const redacted = "[redacted]"

// String returns "[redacted]".
func (Key) String() string { return redacted }

// Format prints "[redacted]", whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue logs "[redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives "[redacted]", for JSON and other encodings.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
