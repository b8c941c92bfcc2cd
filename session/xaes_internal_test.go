package session

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The vectors are those of the specification, https://c2sp.org/XAES-256-GCM.
func TestXAESIsTheSpecifications(t *testing.T) {
	nonce := [xaesNonce]byte([]byte("ABCDEFGHIJKLMNOPQRSTUVWX"))
	for _, v := range []struct {
		key        byte
		associated string
		want       string
	}{
		{1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		x, err := newXAES(bytes.Repeat([]byte{v.key}, 32))
		if err != nil {
			t.Fatal(err)
		}
		sealed := x.sealWith(nil, &nonce, []byte("XAES-256-GCM"), []byte(v.associated))
		if got := hex.EncodeToString(sealed[xaesNonce:]); got != v.want {
			t.Errorf("with key %d it is %s, want %s", v.key, got, v.want)
		}
		text, err := x.open(sealed, []byte(v.associated))
		if err != nil || string(text) != "XAES-256-GCM" {
			t.Errorf("with key %d it opens as %q, %v", v.key, text, err)
		}
		for i := range sealed {
			sealed[i] ^= 1
			if _, err := x.open(sealed, []byte(v.associated)); err == nil {
				t.Errorf("it opens with byte %d changed", i)
			}
			if _, err := x.open(sealed[:i], []byte(v.associated)); err == nil {
				t.Errorf("its first %d bytes open", i)
			}
			sealed[i] ^= 1
		}
	}
}
