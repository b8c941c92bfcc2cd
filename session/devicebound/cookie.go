package devicebound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// The bound cookie says that the device proved itself, until when. Nothing is stored for it: it is 24 bytes as 32 letters
// of base64url without padding (RFC 4648, section 5), without a spare bit.
//
//	offset  size  field
//	     0     1  version, 1
//	     1     1  key id: which secret signed it
//	     2     4  when it ends, seconds since 1970, big-endian
//	     6    18  tag: the first bytes of HMAC-SHA-256 over the 6 bytes before it and the binding's ID
//
// The binding's ID is random, new with each login, and stands in the session's record alone, so the cookie is of use
// with that session only.
const (
	proofVersion = 1
	proofHead    = 6
	tagSize      = 18
	proofSize    = proofHead + tagSize
	proofLetters = proofSize / 3 * 4

	shortest      = 2 * time.Second  // a cookie's life
	slackest      = 10 * time.Second // how much earlier the browser lets go of it, so that none ends on its way
	maxCandidates = 8                // cookies of the name that are looked at
)

// A cookie is how the bound cookie is named, signed and checked. It is safe for concurrent use.
type cookie struct {
	name       string
	attributes string // as the registration and Set-Cookie name them
	life       time.Duration
	keys       []*signer // the current one first
}

// prefixes are those that a browser gives a meaning (RFC 6265bis, section 4.1.3), the longest first.
var prefixes = []string{"__host-http-", "__http-", "__host-", "__secure-"}

// newCookie returns the bound cookie beside a session's. It has the prefix with the strictest rules that its path allows,
// whatever the session's has, since browsers bind over TLS alone.
func newCookie(site *binding.Site, life time.Duration) cookie {
	c := cookie{name: "__Secure-" + baseName(site) + "-bound", life: life}
	if site.CookiePath == "/" {
		c.name = "__Host-" + baseName(site) + "-bound"
	}
	c.attributes = "Path=" + site.CookiePath + "; Secure; HttpOnly; SameSite=" + map[http.SameSite]string{
		http.SameSiteLaxMode: "Lax", http.SameSiteStrictMode: "Strict", http.SameSiteNoneMode: "None",
	}[site.SameSite]
	for _, key := range site.Keys {
		c.keys = append(c.keys, newSigner(key))
	}
	return c
}

// baseName returns the name of the session's cookie without its prefix.
func baseName(site *binding.Site) string {
	for _, prefix := range prefixes {
		if strings.HasPrefix(strings.ToLower(site.CookieName), prefix) {
			return site.CookieName[len(prefix):]
		}
	}
	return site.CookieName
}

// set gives the browser a cookie for the binding.
func (c *cookie) set(h http.Header, id nonce, now time.Time) {
	raw := [proofSize]byte{proofVersion, c.keys[0].id}
	binary.BigEndian.PutUint32(raw[2:], uint32(now.Add(c.life).Unix())) //nolint:gosec // seconds fit until 2106
	tag := c.keys[0].tag(raw[:proofHead], id)
	copy(raw[proofHead:], tag[:])
	addCookie(h, c.name, letters.EncodeToString(raw[:]), max(c.life-min(c.life/10, slackest), time.Second), c.attributes)
}

// expire makes the browser forget the cookie.
func (c *cookie) expire(h http.Header) { addCookie(h, c.name, "", 0, c.attributes) }

func addCookie(h http.Header, name, value string, age time.Duration, attributes string) {
	h.Add("Set-Cookie", fmt.Sprintf("%s=%s; Max-Age=%d; %s", name, value, int64(age/time.Second), attributes))
}

// proves reports whether a request has a cookie for the binding that has not ended.
func (c *cookie) proves(r *http.Request, id nonce, now time.Time) bool {
	looked := 0
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
			if name != c.name || len(value) != proofLetters {
				continue
			}
			if looked++; looked > maxCandidates {
				return false
			}
			if c.good(value, id, now) {
				return true
			}
		}
	}
	return false
}

func (c *cookie) good(value string, id nonce, now time.Time) bool {
	var raw [proofSize]byte
	if n, err := letters.Decode(raw[:], []byte(value)); err != nil || n != proofSize || raw[0] != proofVersion {
		return false
	}
	if now.Unix() >= int64(binary.BigEndian.Uint32(raw[2:])) {
		return false
	}
	for _, key := range c.keys {
		if key.id != raw[1] {
			continue
		}
		if tag := key.tag(raw[:proofHead], id); hmac.Equal(tag[:], raw[proofHead:]) {
			return true
		}
	}
	return false
}

// A signer makes tags with one key.
type signer struct {
	id     byte
	states sync.Pool // of *tagState: an HMAC that is reset costs half of a new one
}

type tagState struct {
	mac hash.Hash
	in  [proofHead + len(nonce{})]byte
	sum [sha256.Size]byte
}

func newSigner(key binding.Key) *signer {
	s := &signer{id: key.ID}
	s.states.New = func() any { return &tagState{mac: hmac.New(sha256.New, key.Secret)} }
	return s
}

func (s *signer) tag(head []byte, id nonce) (tag [tagSize]byte) {
	t := s.states.Get().(*tagState) // only tagStates are put in
	defer s.states.Put(t)
	copy(t.in[:], head) // keeps the caller's bytes off the heap
	copy(t.in[proofHead:], id[:])
	t.mac.Reset()
	t.mac.Write(t.in[:])
	copy(tag[:], t.mac.Sum(t.sum[:0]))
	return tag
}
