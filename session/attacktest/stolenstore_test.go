package attacktest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The attacker can read and write the store. He finds no value, no token and no ID in it, cannot make somebody else's
// session his own, and what he makes up opens for nobody.
func TestStolenStoreIsOfNoUse(t *testing.T) {
	directory := t.TempDir() + "/sessions"
	s := newSite(t, newFiles(t, directory))
	ann, eve := s.client(t, ""), s.client(t, "")
	ann.send("POST", "/signin?user=ann")
	ann.send("POST", "/cart?item=a-secret-value")
	eve.send("POST", "/signin?user=eve")

	raw := func(token string) []byte { return []byte(forms(token)[1]) }
	err := filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range [][]byte{[]byte("a-secret-value"), []byte(ann.token), raw(ann.token), []byte("authenticated")} {
			if bytes.Contains(content, secret) || bytes.Contains([]byte(path), secret) {
				t.Errorf("a file holds %q", secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	mine, hers := fileOf(t, directory, eve.token), fileOf(t, directory, ann.token)
	own, err := os.ReadFile(mine)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(hers)
	if err != nil {
		t.Fatal(err)
	}
	named := bytes.Replace(own, []byte("eve"), []byte("ann"), 1)
	forged := map[string][]byte{"another's record": other, "the own with another user": named}
	record := bytes.TrimRight(own, "\x00") // the rest of the file is room for another copy
	for at := range record {
		changed := bytes.Clone(own)
		changed[at] ^= 1 << (at % 8)
		forged["the own with another byte "+string(binary.AppendUvarint(nil, uint64(at)))] = changed
	}
	for what, content := range forged {
		if err := os.WriteFile(mine, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := s.sees(t, eve.token); got != nobody && got != "eve/" {
			t.Errorf("with %q the attacker sees %q", what, got)
		}
	}
	s.wantSeen(t, "the victim", ann.token, "ann/a-secret-value")
	if n := s.sessions.Stats().Broken; n < uint64(len(record)) || !strings.Contains(s.log.String(), "event=session_broken") {
		t.Errorf("%d records that nobody can use are told of, want %d", n, len(record))
	}
}

// fileOf returns the name of the file in which the session of a token is.
func fileOf(t *testing.T, directory, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	key := sha256.Sum256(raw[6:38])
	name := hex.EncodeToString(key[:])
	return filepath.Join(directory, name[:2], name)
}
