package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
)

// An xaes is XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM with a nonce of 192 bits, the first half of which
// makes a key for the message. Random nonces of that length can be used for 2^80 messages; with GCM's own 96 bits it
// would be 2^32 (NIST SP 800-38D, section 8.3), which a busy site stores in weeks. It is safe for concurrent use.
type xaes struct {
	block cipher.Block
	k1    [aes.BlockSize]byte
}

const (
	xaesNonce    = 24
	xaesOverhead = xaesNonce + 16
)

// newXAES returns the cipher for a key of 32 bytes.
func newXAES(key []byte) (*xaes, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	x := &xaes{block: block}
	block.Encrypt(x.k1[:], x.k1[:])
	var msb byte
	for i := len(x.k1) - 1; i >= 0; i-- {
		msb, x.k1[i] = x.k1[i]>>7, x.k1[i]<<1|msb
	}
	x.k1[len(x.k1)-1] ^= msb * 0x87
	return x, nil
}

// seal appends a random nonce and the sealed text to b.
func (x *xaes) seal(b, text, associated []byte) []byte {
	var nonce [xaesNonce]byte
	_, _ = rand.Read(nonce[:]) // never fails
	return x.sealWith(b, &nonce, text, associated)
}

func (x *xaes) sealWith(b []byte, nonce *[xaesNonce]byte, text, associated []byte) []byte {
	b = append(b, nonce[:]...)
	return x.derive(nonce).Seal(b, nonce[12:], text, associated)
}

// open returns the text that was sealed.
func (x *xaes) open(sealed, associated []byte) ([]byte, error) {
	if len(sealed) < xaesOverhead {
		return nil, errSeal
	}
	nonce := (*[xaesNonce]byte)(sealed)
	return x.derive(nonce).Open(nil, nonce[12:], sealed[xaesNonce:], associated)
}

// derive returns the cipher of one message.
func (x *xaes) derive(nonce *[xaesNonce]byte) cipher.AEAD {
	var key [2 * aes.BlockSize]byte
	for i := range 2 {
		half := key[i*aes.BlockSize:][:aes.BlockSize]
		copy(half, []byte{0, byte(i + 1), 'X', 0})
		copy(half[4:], nonce[:12])
		for j := range half {
			half[j] ^= x.k1[j]
		}
		x.block.Encrypt(half, half)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(fmt.Sprintf("session: make a message's cipher: %v", err)) // only for a key of another length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(fmt.Sprintf("session: make a message's cipher: %v", err)) // only for another block size
	}
	return aead
}
