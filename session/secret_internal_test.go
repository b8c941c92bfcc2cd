package session

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestSecretsThatRepeatThemselvesAreWeak(t *testing.T) {
	for _, secret := range []string{
		strings.Repeat("a", 64), strings.Repeat("\x00", 32), strings.Repeat("ab", 20), strings.Repeat("secret", 8), strings.Repeat("0123456789", 4),
		"abcdefghijklmnopqrstuvwxyz0123456789", "0123456789abcdef0123456789abcdef", "zyxwvutsrqponmlkjihgfedcba987654", "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", "11111111222222223333333344444444",
	} {
		if gradeSecret(secret) == "" {
			t.Errorf("%q passes, with %d bits", secret, bitsOf(secret))
		}
	}
}

func TestRandomSecretsAreNotWeak(t *testing.T) {
	for range 10_000 {
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		for form, secret := range map[string]string{
			"bytes": string(b), "hexadecimal": hex.EncodeToString(b), "base64": base64.StdEncoding.EncodeToString(b), "text": rand.Text() + rand.Text(),
			"16 bytes": string(b[:16]), "16 bytes as hexadecimal": hex.EncodeToString(b[:16]), "a UUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		} {
			if fault := gradeSecret(secret); fault != "" {
				t.Fatalf("%s: %s, with %d bits", form, fault, bitsOf(secret))
			}
		}
	}
}
