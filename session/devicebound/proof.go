package devicebound

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
)

// A proof is a JWT with which a device signs a challenge (RFC 7519): ES256, type "dbsc+jwt", the challenge as "jti". At the
// registration its header has the public key, afterwards it has none.
type proof struct {
	challenge nonce
	key       *publicKey // nil where it names none
	hash      [sha256.Size]byte
	signature [64]byte
}

const longestProof = 4 << 10 // letters; browsers need about 500

// errProof tells nobody what is wrong: browsers make none that are, and others need no help.
var errProof = errors.New("devicebound: not a proof")

// readProof returns the proof in a request's header: Chromium sends it bare, the draft has it as a string in quotes.
func readProof(h http.Header) (p proof, given bool, err error) {
	lines := h["Secure-Session-Response"]
	if len(lines) == 0 {
		return p, false, nil
	}
	if len(lines) > 1 || len(lines[0]) > longestProof {
		return p, true, errProof
	}
	p, err = parseProof(unquoted(lines[0]))
	return p, true, err
}

// unquoted returns what stands in quotes, or s where none do.
func unquoted(s string) string {
	s = strings.Trim(s, " \t")
	if inner, ok := strings.CutPrefix(s, `"`); ok && strings.HasSuffix(inner, `"`) {
		return inner[:len(inner)-1]
	}
	return s
}

func parseProof(text string) (p proof, err error) {
	signed, signature, ok := cutLast(text, ".")
	header, payload, two := strings.Cut(signed, ".")
	if !ok || !two {
		return p, errProof
	}
	raw, err := letters.DecodeString(signature)
	if err != nil || len(raw) != len(p.signature) {
		return p, errProof
	}
	p.signature = [64]byte(raw)
	p.hash = sha256.Sum256([]byte(signed))
	if err := p.readHeader(header); err != nil {
		return p, err
	}
	claims, err := object(payload)
	if err != nil {
		return p, err
	}
	if p.challenge, ok = parseNonce(member(claims, "jti")); !ok {
		return p, errProof
	}
	return p, nil
}

// readHeader takes one algorithm, one type, and nothing that has to be understood besides (RFC 7515, section 4.1.11).
func (p *proof) readHeader(text string) error {
	header, err := object(text)
	if err != nil {
		return err
	}
	if _, critical := header["crit"]; critical || member(header, "alg") != "ES256" || member(header, "typ") != "dbsc+jwt" {
		return errProof
	}
	if jwk, ok := header["jwk"]; ok {
		p.key, err = readKey(jwk)
	}
	return err
}

// readKey returns the point of a JSON Web Key (RFC 7518, section 6.2.1).
func readKey(jwk json.RawMessage) (*publicKey, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(jwk, &members) != nil || member(members, "kty") != "EC" || member(members, "crv") != "P-256" {
		return nil, errProof
	}
	key := &publicKey{4} // uncompressed
	for i, name := range []string{"x", "y"} {
		b, err := letters.DecodeString(member(members, name))
		if err != nil || len(b) != 32 {
			return nil, errProof
		}
		copy(key[1+32*i:], b)
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key[:]); err != nil {
		return nil, errProof
	}
	return key, nil
}

// signedBy reports whether the key made the signature (RFC 7518, section 3.4).
func (p *proof) signedBy(key *publicKey) bool {
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key[:])
	if err != nil {
		return false
	}
	r, s := new(big.Int).SetBytes(p.signature[:32]), new(big.Int).SetBytes(p.signature[32:])
	return ecdsa.Verify(public, p.hash[:], r, s)
}

// object decodes a JSON object in base64url. Its members are told apart by case.
func object(text string) (members map[string]json.RawMessage, err error) {
	b, err := letters.DecodeString(text)
	if err != nil || json.Unmarshal(b, &members) != nil || members == nil {
		return nil, errProof
	}
	return members, nil
}

// member returns a member that is a string, "" where it is not.
func member(members map[string]json.RawMessage, name string) (text string) {
	if json.Unmarshal(members[name], &text) != nil {
		return ""
	}
	return text
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
