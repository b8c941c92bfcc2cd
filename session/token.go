package session

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// A token is the cookie's value: 54 bytes as 72 letters of base64url without padding (RFC 4648, section 5). 54 is a
// multiple of three, so there are no spare bits and one token has one text.
//
//	offset  size  field
//	     0     1  version, 1
//	     1     1  key id: which secret signed it
//	     2     4  time of issue, seconds since 1970, big-endian
//	     6    32  session ID
//	    38    16  tag: the first half of HMAC-SHA-256 over the 38 bytes before it
//
// The tag's key is derived for the purpose "session token" and the cookie's name, so the tag covers both: a token of
// another cookie, of another application with the same secret, or any other thing signed with it, does not verify.
type token struct {
	id     ID
	key    Key    // the ID's
	issued uint32 // seconds since 1970
}

// A signedToken is a token with what is known of its signature.
type signedToken struct {
	token

	old bool // it was made with an old secret
}

// issuedAt returns the time of issue.
func (t *token) issuedAt() moment { return moment(t.issued) * moment(time.Second/time.Microsecond) }

const (
	tokenVersion = 1
	tokenSigned  = 38
	tagSize      = 16
	tokenSize    = tokenSigned + tagSize
	tokenLetters = tokenSize / 3 * 4
)

// Why a cookie's value is no token of ours. The texts name the event in logs and counters.
var (
	errTokenForm    = errors.New("malformed")
	errTokenVersion = errors.New("version")
	errTokenKey     = errors.New("key")
	errTokenTag     = errors.New("signature")
	errTokenExpired = errors.New("expired")
	errTokenFuture  = errors.New("future")
	errTokenTwo     = errors.New("ambiguous")
)

// tokenFaults are all of them.
var tokenFaults = [...]error{errTokenForm, errTokenVersion, errTokenKey, errTokenTag, errTokenExpired, errTokenFuture, errTokenTwo}

var tokenEncoding = base64.RawURLEncoding.Strict()

// newToken returns the text of a token for id that is issued now.
func (k *keyring) newToken(id ID, now moment) string {
	text := k.sign(id, now)
	return string(text[:])
}

// sign is newToken without memory of its own.
func (k *keyring) sign(id ID, now moment) (text tokenText) {
	var raw [tokenSize]byte
	raw[0], raw[1] = tokenVersion, k.current.id
	binary.BigEndian.PutUint32(raw[2:], uint32(now.second())) //nolint:gosec // seconds fit until 2106
	copy(raw[6:], id[:])
	tag := k.current.tag(raw[:tokenSigned])
	copy(raw[tokenSigned:], tag[:])
	tokenEncoding.Encode(text[:], raw[:])
	return text
}

// parseToken returns the token that text is, or the reason why it is none. It asks no store.
func (k *keyring) parseToken(text string, now moment, lifetime time.Duration) (t signedToken, err error) {
	t.old, err = k.readToken(text, now, lifetime, &t.token)
	return t, err
}

// readToken is parseToken into t, in which there is nothing to be used where there is an error.
func (k *keyring) readToken(text string, now moment, lifetime time.Duration, t *token) (old bool, err error) {
	old, err = k.readSigned(text, t)
	if err != nil {
		return false, err
	}
	switch age := now.since(t.issuedAt()); {
	case age > lifetime:
		return false, errTokenExpired
	case age < -clockSkew:
		return false, errTokenFuture
	}
	return old, nil
}

// readSigned reads the token that text is, whenever it was issued, and reports whether an old secret signed it.
func (k *keyring) readSigned(text string, t *token) (old bool, err error) {
	if len(text) != tokenLetters {
		return false, errTokenForm
	}
	letters := tokenText([]byte(text))
	if found, old := k.verified.find(&letters, t); found {
		return old, nil
	}
	var raw [tokenSize]byte
	if n, err := tokenEncoding.Decode(raw[:], letters[:]); err != nil || n != tokenSize {
		return false, errTokenForm
	}
	if raw[0] != tokenVersion {
		return false, errTokenVersion
	}
	old, err = k.verify(&raw)
	if err != nil {
		return false, err
	}
	id := ID(raw[6:tokenSigned])
	*t = token{id: id, key: id.key(), issued: binary.BigEndian.Uint32(raw[2:])}
	k.verified.remember(&letters, t, old)
	return old, nil
}

// verify finds the key that made the tag, among those of the token's key id.
func (k *keyring) verify(raw *[tokenSize]byte) (old bool, err error) {
	err = errTokenKey
	for i, key := range k.keys {
		if key.id != raw[1] {
			continue
		}
		if key.signed(raw) {
			return i > 0, nil
		}
		err = errTokenTag
	}
	return false, err
}
