package session

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

const (
	strongSecret = 32      // bytes from which a secret is taken for random
	weakSecret   = 16      // bytes below which production refuses one
	weakBits     = 40      // bits below which production refuses one: that many are tried out in an afternoon
	stretching   = 600_000 // PBKDF2 rounds for a passphrase: OWASP ASVS 5.0, appendix C
	keySalt      = "github.com/proapi-go/proapi/session"
)

// placeholders are secrets that stand in guides and examples, in lower case.
var placeholders = []string{
	"your-secret-key", "your-secret-key-here", "your_secret_key", "your-super-secret-key", "your-secret", "secret",
	"secret-key", "secret_key", "secretkey", "supersecret", "super-secret-key", "change-me", "changeme", "change_me",
	"change-this-secret-key", "my-secret-key", "mysecretkey", "session-secret", "keyboard cat", "password",
}

// gradeSecret says what is wrong with a secret, "" where nothing is.
func gradeSecret(secret string) string {
	switch {
	case slices.Contains(placeholders, strings.ToLower(strings.TrimSpace(secret))):
		return "is a placeholder from a guide"
	case len(secret) < weakSecret:
		return fmt.Sprintf("has %d bytes, fewer than %d", len(secret), weakSecret)
	case bitsOf(secret) < weakBits:
		return "repeats itself, and is easily guessed"
	}
	return ""
}

// bitsOf estimates, from above, how many bits of chance are in a secret: as if each of its bytes were drawn from those that
// it has, or, for what counts up or goes along a keyboard, each step from one byte to the next from its steps; and what is
// repeated counts once.
func bitsOf(secret string) int {
	once := secret[:period(secret)]
	var letters, steps [256]bool
	for i := range len(once) {
		letters[once[i]] = true
		if i > 0 {
			steps[once[i]-once[i-1]] = true
		}
	}
	different := max(1, min(count(letters[:]), count(steps[:])))
	return int(float64(len(once)) * math.Log2(float64(different)))
}

func count(set []bool) (n int) {
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

// period returns after how many bytes a text repeats itself, its length where it does not.
func period(text string) int {
	for n := 1; n < len(text); n++ {
		if text[n:] == text[:len(text)-n] {
			return n
		}
	}
	return len(text)
}

// isSentence reports whether a secret is printable and has spaces, which no key has that was drawn and encoded.
func isSentence(secret string) bool {
	notPrintable := func(r rune) bool { return !unicode.IsPrint(r) }
	return strings.Contains(strings.TrimSpace(secret), " ") && !strings.ContainsFunc(secret, notPrintable)
}

// A keyring holds the keys that come from the secrets: the first signs, all of them verify.
type keyring struct {
	current  *tokenKey
	keys     []*tokenKey // current first
	verified *verified
}

// newKeyring derives the keys for one cookie name from the secrets' root keys, the current one's first. Each use of a
// secret has a key of its own (HKDF-SHA-256, RFC 5869), and the secrets themselves are used for nothing else.
func newKeyring(roots [][]byte, cookieName string) (*keyring, error) {
	k := &keyring{verified: &verified{}}
	for _, root := range roots {
		key, err := newTokenKey(root, cookieName)
		if err != nil {
			return nil, fmt.Errorf("session: derive keys: %w", err)
		}
		k.keys = append(k.keys, key)
	}
	k.current = k.keys[0]
	return k, nil
}

// rootKeys turns secrets into uniform bytes.
func rootKeys(secrets []string) ([][]byte, error) {
	var roots [][]byte
	for _, secret := range secrets {
		root, err := rootKey(secret)
		if err != nil {
			return nil, fmt.Errorf("session: derive keys: %w", err)
		}
		roots = append(roots, root)
	}
	return roots, nil
}

// randomSecret returns 256 random bits.
func randomSecret() string {
	b := make([]byte, strongSecret)
	_, _ = rand.Read(b) // never fails
	return string(b)
}

// rootKey turns a secret into uniform bytes. One captured cookie lets its holder try secrets at home, so one that is
// too short to be random is stretched: about 150 ms, once, at start, and the same on every machine.
func rootKey(secret string) ([]byte, error) {
	if len(secret) >= strongSecret {
		return hkdf.Extract(sha256.New, []byte(secret), []byte(keySalt))
	}
	return pbkdf2.Key(sha256.New, secret, []byte(keySalt), stretching, sha256.Size)
}

// A tokenKey makes and checks tags. It is safe for concurrent use.
type tokenKey struct {
	id     byte
	states sync.Pool // of *tagState: an HMAC that is reset costs half of a new one
}

type tagState struct {
	mac hash.Hash
	sum [sha256.Size]byte
	in  [tokenSigned]byte
}

func newTokenKey(root []byte, cookieName string) (*tokenKey, error) {
	key, err := hkdf.Expand(sha256.New, root, "session token v1\x00"+cookieName, sha256.Size)
	if err != nil {
		return nil, err
	}
	id, err := hkdf.Expand(sha256.New, root, "key id", 1)
	if err != nil {
		return nil, err
	}
	t := &tokenKey{id: id[0]}
	t.states.New = func() any { return &tagState{mac: hmac.New(sha256.New, key)} }
	return t, nil
}

// tag returns the first half of the HMAC over a token's signed bytes.
func (t *tokenKey) tag(signed []byte) (tag [tagSize]byte) {
	s := t.states.Get().(*tagState) // only tagStates are put in
	defer t.states.Put(s)
	copy(s.in[:], signed) // keeps the caller's bytes off the heap
	s.mac.Reset()
	s.mac.Write(s.in[:])
	copy(tag[:], s.mac.Sum(s.sum[:0]))
	return tag
}

// signed reports, in constant time, whether the token carries this key's tag.
func (t *tokenKey) signed(raw *[tokenSize]byte) bool {
	tag := t.tag(raw[:tokenSigned])
	return hmac.Equal(tag[:], raw[tokenSigned:])
}
