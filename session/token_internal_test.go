package session

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	testSecret  = "the first secret, thirty-two bytes or more"
	otherSecret = "another secret, as long as the first one is"
)

var testTime = at(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

func newTestKeyring(tb testing.TB, cookieName, secret string, old ...string) *keyring {
	tb.Helper()
	roots, err := rootKeys(append([]string{secret}, old...))
	if err != nil {
		tb.Fatal(err)
	}
	k, err := newKeyring(roots, cookieName)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// verdict is what a test vector calls the outcome of parseToken.
func verdict(tok signedToken, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case tok.old:
		return "old key"
	}
	return "ok"
}

// wantRefused fails the test where text is a token, or a reason is given with one.
func wantRefused(t *testing.T, k *keyring, what, text string) {
	t.Helper()
	tok, err := k.parseToken(text, testTime, time.Hour)
	if err == nil || tok != (signedToken{}) {
		t.Errorf("%s is accepted", what)
	}
}

// A vector is one of the files in testdata/tokens: lines of "name: value".
type vector map[string][]string

func readVector(t *testing.T, file string) vector {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v := vector{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && line[0] != '#' {
			v[name] = append(v[name], strings.TrimSpace(value))
		}
	}
	for _, name := range []string{"secret", "cookie", "life", "now", "issued", "id", "token", "verdict"} {
		if len(v[name]) != 1 {
			t.Fatalf("%d lines of %s, want 1", len(v[name]), name)
		}
	}
	return v
}

func (v vector) get(name string) string { return v[name][0] }

func (v vector) time(t *testing.T, name string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.get(name))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTokenVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/tokens/*.txt")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d test vectors, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			v := readVector(t, file)
			life, err := time.ParseDuration(v.get("life"))
			if err != nil {
				t.Fatal(err)
			}
			k := newTestKeyring(t, v.get("cookie"), v.get("secret"), v["old"]...)
			tok, err := k.parseToken(v.get("token"), at(v.time(t, "now")), life)
			if got := verdict(tok, err); got != v.get("verdict") {
				t.Fatalf("the verdict is %q, want %q", got, v.get("verdict"))
			}
			if err != nil {
				return
			}
			issued := v.time(t, "issued")
			if hex.EncodeToString(tok.id[:]) != v.get("id") || int64(tok.issued) != issued.Unix() || tok.key != tok.id.key() {
				t.Error("the token has another ID, or time of issue")
			}
			if again := k.newToken(tok.id, at(issued)); (again == v.get("token")) == tok.old {
				t.Error("the token is not the one that its secret issues")
			}
		})
	}
}

func TestEveryBitOfATokenCounts(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	text := []byte(k.newToken(newID(), testTime))
	for i := range len(text) * 8 {
		text[i/8] ^= 1 << (i % 8)
		wantRefused(t, k, fmt.Sprintf("a text with bit %d flipped", i), string(text))
		text[i/8] ^= 1 << (i % 8)
	}
	raw := decodeToken(t, string(text))
	for i := range len(raw) * 8 {
		raw[i/8] ^= 1 << (i % 8)
		wantRefused(t, k, fmt.Sprintf("a token with bit %d flipped", i), tokenEncoding.EncodeToString(raw))
		raw[i/8] ^= 1 << (i % 8)
	}
	if _, err := k.parseToken(string(text), testTime, time.Hour); err != nil {
		t.Errorf("the token itself is refused: %v", err)
	}
}

func decodeToken(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := tokenEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestATokenHasOneLength(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	text := k.newToken(newID(), testTime)
	for n := range 201 {
		if n == len(text) {
			continue
		}
		long := text + text + text
		wantRefused(t, k, fmt.Sprintf("a token cut or repeated to %d letters", n), long[:n])
		wantRefused(t, k, fmt.Sprintf("a token filled with A to %d letters", n), (text + strings.Repeat("A", 200))[:n])
		wantRefused(t, k, fmt.Sprintf("%d newlines", n), strings.Repeat("\n", n))
	}
	for at := range text {
		wantRefused(t, k, fmt.Sprintf("a token without letter %d", at), text[:at]+text[at+1:])
		wantRefused(t, k, fmt.Sprintf("a token with letter %d twice", at), text[:at+1]+text[at:])
	}
}

func TestATokenHasOneSpelling(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	var text string
	for !strings.Contains(text, "-") || !strings.Contains(text, "_") || strings.ToUpper(text) == text {
		text = k.newToken(newID(), testTime)
	}
	spellings := map[string]string{
		"plain base64's +":     strings.ReplaceAll(text, "-", "+"),
		"plain base64's /":     strings.ReplaceAll(text, "_", "/"),
		"padding":              text + "=",
		"padding inside":       text[:71] + "=",
		"upper case":           strings.ToUpper(text),
		"lower case":           strings.ToLower(text),
		"quotes":               `"` + text + `"`,
		"a space before":       " " + text,
		"a space after":        text + " ",
		"a NUL after":          text + "\x00",
		"a percent-encoded -":  strings.ReplaceAll(text, "-", "%2D"),
		"hexadecimal":          hex.EncodeToString(decodeToken(t, text)),
		"a full-width letter":  "\uff21" + text[1:],
		"a byte that is no A0": "\xa0" + text[1:],
	}
	for at := range len(text) + 1 {
		for _, gap := range []string{"\n", "\r", "\r\n", "\t", "="} {
			spellings[fmt.Sprintf("%q at %d", gap, at)] = text[:at] + gap + text[at:]
			if end := at + len(gap); end <= len(text) {
				spellings[fmt.Sprintf("%q over letter %d", gap, at)] = text[:at] + gap + text[end:]
			}
		}
	}
	for what, spelling := range spellings {
		wantRefused(t, k, what, spelling)
	}
}

func TestATokenIsForOneCookieName(t *testing.T) {
	text := newTestKeyring(t, "session", testSecret).newToken(newID(), testTime)
	for _, name := range []string{"Session", "session2", "sessio", "__Host-session", "session\x00", ""} {
		if _, err := newTestKeyring(t, name, testSecret).parseToken(text, testTime, time.Hour); !errors.Is(err, errTokenTag) {
			t.Errorf("as a cookie named %q the token gets %v, want its signature refused", name, err)
		}
	}
}

func TestOldSecretsVerifyAndDoNotSign(t *testing.T) {
	before := newTestKeyring(t, "session", testSecret)
	after := newTestKeyring(t, "session", otherSecret, "one more, of the thirty-two bytes it needs", testSecret)
	id := newID()
	tok, err := after.parseToken(before.newToken(id, testTime), testTime, time.Hour)
	if err != nil || !tok.old || tok.id != id {
		t.Errorf("a token of an old secret is %q", verdict(tok, err))
	}
	text := after.newToken(id, testTime)
	if tok, err := after.parseToken(text, testTime, time.Hour); err != nil || tok.old {
		t.Errorf("a token of the new secret is %q", verdict(tok, err))
	}
	if _, err := before.parseToken(text, testTime, time.Hour); !errors.Is(err, errTokenKey) {
		t.Errorf("who does not know the new secret says %v", err)
	}
}

func TestTwoSecretsWithOneKeyIDBothWork(t *testing.T) {
	first := newTestKeyring(t, "session", testSecret)
	secret, second := "", first
	for i := 0; second.current.id != first.current.id || secret == ""; i++ {
		secret = fmt.Sprintf("secret number %06d of many that are tried", i)
		second = newTestKeyring(t, "session", secret)
	}
	both := newTestKeyring(t, "session", testSecret, secret)
	for want, k := range map[string]*keyring{"ok": first, "old key": second} {
		if got := verdict(both.parseToken(k.newToken(newID(), testTime), testTime, time.Hour)); got != want {
			t.Errorf("a token is %q, want %q", got, want)
		}
	}
	third := first.newToken(newID(), testTime)
	if got := verdict(second.parseToken(third, testTime, time.Hour)); got != "signature" {
		t.Errorf("a token with the key id of another secret is %q, want its signature refused", got)
	}
}

func TestTokensAreRandom(t *testing.T) {
	const tokens = 10_000
	k := newTestKeyring(t, "session", testSecret)
	seen := make(map[string]bool, tokens)
	var ones [len(ID{}) * 8]int
	for range tokens {
		id := newID()
		seen[k.newToken(id, testTime)], seen[string(id[:])] = true, true
		for i := range ones {
			ones[i] += bits.OnesCount8(id[i/8] & (1 << (i % 8)))
		}
	}
	if len(seen) != 2*tokens {
		t.Errorf("%d of %d IDs and tokens came twice", 2*tokens-len(seen), 2*tokens)
	}
	for i, n := range ones {
		if n < tokens*45/100 || n > tokens*55/100 {
			t.Errorf("bit %d is set in %d of %d IDs", i, n, tokens)
		}
	}
}

func FuzzToken(f *testing.F) {
	k := newTestKeyring(f, "session", testSecret, otherSecret)
	f.Add(k.newToken(ID{1}, testTime))
	f.Add(newTestKeyring(f, "session", otherSecret).newToken(ID{2}, testTime))
	f.Add(strings.Repeat("A", tokenLetters))
	f.Add(strings.Repeat("\n", tokenLetters))
	f.Fuzz(func(t *testing.T, text string) {
		check := func(text string) {
			tok, err := k.parseToken(text, testTime, time.Hour)
			if err != nil {
				return
			}
			signer := *k
			if tok.old {
				signer.current = k.keys[1]
			}
			if signer.newToken(tok.id, tok.issuedAt()) != text {
				t.Errorf("%q verifies and is not how its token is written", text)
			}
		}
		check(text)
		raw, err := tokenEncoding.DecodeString(text)
		if err != nil || len(raw) < tokenSigned {
			return
		}
		// The same with a tag that is right, which no fuzzer finds.
		raw = bytes.Clone(raw[:tokenSigned])
		raw[1] = k.current.id
		tag := k.current.tag(raw)
		check(tokenEncoding.EncodeToString(append(raw, tag[:]...)))
	})
}
