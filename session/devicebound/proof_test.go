package devicebound_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/devicebound"
)

// What is wrong with each of these proofs is one thing. Both endpoints refuse it, and the session stays as it was.
func TestWrongProofsAreRefused(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	fresh := newBrowser(t, newManager(t, devicebound.Options{}))
	fresh.send("POST", "/login")

	for name, spoil := range wrongProofs(t) {
		t.Run(name, func(t *testing.T) {
			p := proofParts{key: b.key, header: map[string]any{"alg": "ES256", "typ": "dbsc+jwt"}, claims: map[string]any{"jti": b.challenge}}
			rec := b.send("POST", refreshAt, "Sec-Secure-Session-Id", b.id, "Secure-Session-Response", spoil(p))
			wantStatus(t, rec, http.StatusUnauthorized)
			wantNoCookie(t, rec)

			p = proofParts{key: fresh.key, header: newHeader(fresh.key), claims: map[string]any{"jti": fresh.asks[1]}}
			if strings.HasPrefix(name, "refresh ") {
				return
			}
			rec = fresh.send("POST", registerAt, "Secure-Session-Response", spoil(p))
			wantStatus(t, rec, http.StatusUnauthorized)
			wantNoCookie(t, rec)
		})
	}
	wantStatus(t, b.prove(b.challenge), http.StatusOK)
	wantStatus(t, fresh.register(), http.StatusOK)
}

// proofParts are what a proof is made of.
type proofParts struct {
	key            *ecdsa.PrivateKey
	header, claims map[string]any
}

// text returns the proof, signed with its key.
func (p proofParts) text(t *testing.T) string {
	t.Helper()
	return signText(t, p.key, p.unsigned())
}

func (p proofParts) unsigned() string {
	h, _ := json.Marshal(p.header)
	c, _ := json.Marshal(p.claims)
	return b64(h) + "." + b64(c)
}

// in returns the proof with a member of its header changed.
func (p proofParts) in(name string, value any) proofParts {
	p.header[name] = value
	if value == nil {
		delete(p.header, name)
	}
	return p
}

func wrongProofs(t *testing.T) map[string]func(proofParts) string {
	t.Helper()
	wrong := map[string]func(proofParts) string{
		"signed with another key": func(p proofParts) string { return signText(t, newKey(t), p.unsigned()) },
		"refresh with a key":      func(p proofParts) string { return p.in("jwk", newHeader(p.key)["jwk"]).text(t) },
		"refresh with the thief's key": func(p proofParts) string {
			thief := newKey(t)
			return proofParts{thief, p.in("jwk", newHeader(thief)["jwk"]).header, p.claims}.text(t)
		},
		"no type":          func(p proofParts) string { return p.in("typ", nil).text(t) },
		"another type":     func(p proofParts) string { return p.in("typ", "JWT").text(t) },
		"no algorithm":     func(p proofParts) string { return p.in("alg", nil).text(t) },
		"algorithm's case": func(p proofParts) string { return p.in("alg", "es256").text(t) },
		"critical":         func(p proofParts) string { return p.in("crit", []string{"b64"}).text(t) },
		"no challenge":     func(p proofParts) string { p.claims = map[string]any{}; return p.text(t) },
		"challenge of a number": func(p proofParts) string {
			p.claims = map[string]any{"jti": 1}
			return p.text(t)
		},
		"member's case": func(p proofParts) string {
			p.claims = map[string]any{"JTI": p.claims["jti"]}
			return p.text(t)
		},
		"unsigned": func(p proofParts) string { return p.in("alg", "none").unsigned() + "." },
		"HS256 with the public key": func(p proofParts) string {
			point, _ := p.key.PublicKey.Bytes()
			mac := hmac.New(sha256.New, point)
			text := p.in("alg", "HS256").unsigned()
			mac.Write([]byte(text))
			return text + "." + b64(mac.Sum(nil))
		},
		"signature in ASN.1": func(p proofParts) string {
			sum := sha256.Sum256([]byte(p.unsigned()))
			der, _ := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
			return p.unsigned() + "." + b64(der)
		},
		"signature of zeros":  func(p proofParts) string { return p.unsigned() + "." + b64(make([]byte, 64)) },
		"one byte less":       func(p proofParts) string { return reSigned(p.text(t), func(s []byte) []byte { return s[:63] }) },
		"one byte more":       func(p proofParts) string { return reSigned(p.text(t), func(s []byte) []byte { return append(s, 0) }) },
		"padding":             func(p proofParts) string { return p.text(t) + "==" },
		"a fourth part":       func(p proofParts) string { return p.text(t) + ".x" },
		"two parts":           func(p proofParts) string { return p.unsigned() },
		"a header of a list":  func(p proofParts) string { return signText(t, p.key, b64([]byte("[]"))+"."+b64([]byte("{}"))) },
		"a header of nothing": func(p proofParts) string { return signText(t, p.key, b64([]byte("null"))+"."+b64([]byte("{}"))) },
		"too long":            func(p proofParts) string { return p.in("x", strings.Repeat("x", 4<<10)).text(t) },
		"changed afterwards": func(p proofParts) string {
			text := p.text(t)
			return p.in("x", "y").unsigned() + text[strings.LastIndexByte(text, '.'):]
		},
	}
	for _, alg := range []string{"none", "RS256", "HS256", "ES384", ""} {
		wrong["signed well, called "+alg] = func(p proofParts) string { return p.in("alg", alg).text(t) }
	}
	return wrong
}

// reSigned changes the bytes of a proof's signature.
func reSigned(text string, change func([]byte) []byte) string {
	at := strings.LastIndexByte(text, '.') + 1
	var raw [64]byte
	_, _ = decode(raw[:], text[at:])
	return text[:at] + b64(change(raw[:]))
}

func TestWrongKeysAreNotRegistered(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{}))
	b.send("POST", "/login")
	wide, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	point, _ := wide.PublicKey.Bytes()
	own, _ := b.key.PublicKey.Bytes()
	x, y := b64(own[1:33]), b64(own[33:])
	for name, jwk := range map[string]any{
		"none":               nil,
		"a text":             "x",
		"of another curve":   map[string]any{"kty": "EC", "crv": "P-384", "x": b64(point[1:49]), "y": b64(point[49:])},
		"called another":     map[string]any{"kty": "EC", "crv": "P-384", "x": x, "y": y},
		"RSA":                map[string]any{"kty": "RSA", "crv": "P-256", "x": x, "y": y},
		"with half a point":  map[string]any{"kty": "EC", "crv": "P-256", "x": x},
		"with a long number": map[string]any{"kty": "EC", "crv": "P-256", "x": b64(append([]byte{0}, own[1:33]...)), "y": y},
		"off the curve":      map[string]any{"kty": "EC", "crv": "P-256", "x": y, "y": x},
		"of zeros":           map[string]any{"kty": "EC", "crv": "P-256", "x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))},
	} {
		t.Run(name, func(t *testing.T) {
			p := proofParts{key: b.key, header: newHeader(b.key), claims: map[string]any{"jti": b.asks[1]}}
			wantStatus(t, b.send("POST", registerAt, "Secure-Session-Response", p.in("jwk", jwk).text(t)), http.StatusUnauthorized)
		})
	}
	wantStatus(t, b.send("POST", registerAt), http.StatusUnauthorized)
	wantStatus(t, b.register(), http.StatusOK)
}

func TestTwoProofsAreNone(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, refreshAt, http.NoBody)
	for name, c := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: c.value})
	}
	r.Header.Set("Sec-Secure-Session-Id", b.id)
	for range 2 {
		r.Header.Add("Secure-Session-Response", sign(t, b.key, map[string]any{"alg": "ES256", "typ": "dbsc+jwt"}, b.challenge))
	}
	rec := httptest.NewRecorder()
	b.app.ServeHTTP(rec, r)
	wantStatus(t, rec, http.StatusUnauthorized)
}

// A proof of the draft's next edition may say more than today's.
func TestProofMaySayMore(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	p := proofParts{
		key: b.key, header: map[string]any{"alg": "ES256", "typ": "dbsc+jwt", "kid": "x"},
		claims: map[string]any{"jti": b.challenge, "aud": "https://example.com", "authorization": "x", "iat": 1},
	}
	wantStatus(t, b.send("POST", refreshAt, "Sec-Secure-Session-Id", b.id, "Secure-Session-Response", p.text(t)), http.StatusOK)
}
