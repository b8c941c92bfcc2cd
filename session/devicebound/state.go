package devicebound

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// A state is what the session's record keeps:
//
//	offset  size  field
//	     0     1  1 once a device has registered, 0 before
//	     1     1  format, 1
//	     2     8  time of the login, or of the registration, in microseconds since 1970, big-endian
//	    10    18  the binding's ID, which the browser knows it by; random
//	    28    65  the device's public key, an uncompressed point on P-256 (SEC 1, section 2.3.3)
//	    93  4×22  challenges: 18 random bytes, and 4 for the second in which they end
//
// It has the same size from the login on, so that a session which had room for the login has room for the rest.
type state struct {
	bound      bool
	since      time.Time
	id         nonce
	key        publicKey
	challenges [maxChallenges]challenge // the newest first; those that were spent are zero
}

// A nonce is 144 random bits, which are 24 letters without a spare bit.
type nonce [18]byte

type publicKey [65]byte

// A challenge can be signed once, until it ends.
type challenge struct {
	nonce nonce
	until int64 // in seconds since 1970
}

const (
	maxChallenges = 4
	stateFormat   = 1
	challengeSize = len(nonce{}) + 4
	stateHead     = 2 + 8 + len(nonce{}) + len(publicKey{})
	stateSize     = stateHead + maxChallenges*challengeSize
)

var letters = base64.RawURLEncoding.Strict()

func newNonce() nonce {
	var n nonce
	_, _ = rand.Read(n[:]) // never fails
	return n
}

func (n nonce) text() string { return letters.EncodeToString(n[:]) }

// parseNonce returns the nonce that a text is.
func parseNonce(text string) (n nonce, ok bool) {
	b, err := letters.DecodeString(text)
	if err != nil || len(b) != len(n) {
		return n, false
	}
	return nonce(b), true
}

// encode returns what the record keeps.
func (s *state) encode() binding.State {
	b := make(binding.State, 0, stateSize)
	if s.bound {
		b = append(b, binding.Bound)
	} else {
		b = append(b, 0)
	}
	b = append(b, stateFormat)
	b = binary.BigEndian.AppendUint64(b, uint64(s.since.UnixMicro()))
	b = append(b, s.id[:]...)
	b = append(b, s.key[:]...)
	for _, c := range s.challenges {
		b = append(b, c.nonce[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(c.until)) //nolint:gosec // seconds fit until 2106
	}
	return b
}

// parseState returns the state that a record keeps.
func parseState(b binding.State) (s state, ok bool) {
	if len(b) != stateSize || b[0] > binding.Bound || b[1] != stateFormat {
		return s, false
	}
	s.bound = b.Bound()
	s.since = time.UnixMicro(int64(binary.BigEndian.Uint64(b[2:]))) //nolint:gosec // as it was put in
	s.id = nonce(b[10:])
	s.key = publicKey(b[28:])
	for i := range s.challenges {
		at := b[stateHead+i*challengeSize:]
		s.challenges[i] = challenge{nonce: nonce(at), until: int64(binary.BigEndian.Uint32(at[len(nonce{}):]))}
	}
	return s, true
}

// offer adds a challenge, in the place of the oldest.
func (s *state) offer(c challenge) {
	copy(s.challenges[1:], s.challenges[:])
	s.challenges[0] = c
}

var (
	errSpent = errors.New("devicebound: the challenge was spent, or is another's")
	errEnded = errors.New("devicebound: the challenge has ended")
)

// spend removes a challenge that was signed, if it can be.
func (s *state) spend(n nonce, now time.Time) error {
	i := slices.IndexFunc(s.challenges[:], func(c challenge) bool { return c.until != 0 && c.nonce == n })
	if i < 0 {
		return errSpent
	}
	if now.Unix() >= s.challenges[i].until {
		return errEnded
	}
	copy(s.challenges[i:], s.challenges[i+1:])
	s.challenges[maxChallenges-1] = challenge{}
	return nil
}
