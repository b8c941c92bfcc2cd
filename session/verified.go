package session

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// verified remembers tokens that were found to be ours, so that the next request with one of them costs a comparison
// instead of a decoding, an HMAC and a hash. Nothing depends on what it holds: a token that it does not know, or has
// forgotten for another, is checked again. Whether a token has expired is asked each time.
//
// It holds at most verifiedParts*verifiedPlaces tokens, 2.6 MB, and takes that memory as it comes to need it.
type verified struct {
	parts [verifiedParts]atomic.Pointer[[verifiedPlaces]place]
}

const (
	verifiedParts  = 64
	verifiedPlaces = 256 // of a part
)

// A place holds the token that came last of those which share it.
type place struct {
	mu    sync.Mutex
	text  tokenText
	token token
	old   bool // see signedToken
}

type tokenText [tokenLetters]byte

// find reports whether the text is a token that is remembered, and which. It does not wait for another goroutine.
func (v *verified) find(text *tokenText, t *token) (found, old bool) {
	p := v.place(text, false)
	if p == nil || !p.mu.TryLock() {
		return false, false
	}
	found, old = p.text.equal(text), p.old
	if found {
		*t = p.token
	}
	p.mu.Unlock()
	return found, old
}

// remember keeps the token that the text was found to be.
func (v *verified) remember(text *tokenText, t *token, old bool) {
	if p := v.place(text, true); p.mu.TryLock() {
		p.text, p.token, p.old = *text, *t, old
		p.mu.Unlock()
	}
}

// place returns where the text is if it is anywhere, nil where that has no memory yet and is given none.
func (v *verified) place(text *tokenText, grow bool) *place {
	// The last letters are of the tag, which nobody can choose. They are mixed because letters leave bits of a byte out.
	h := binary.LittleEndian.Uint64(text[tokenLetters-8:]) * 0x9e3779b97f4a7c15 >> 40
	part := &v.parts[h%verifiedParts]
	places := part.Load()
	if places == nil {
		if !grow {
			return nil
		}
		part.CompareAndSwap(nil, new([verifiedPlaces]place))
		places = part.Load()
	}
	return &places[h/verifiedParts%verifiedPlaces]
}

// equal compares in a time that does not depend on where the texts differ.
func (t *tokenText) equal(other *tokenText) bool {
	var differ uint64
	for i := 0; i < tokenLetters; i += 8 {
		differ |= binary.LittleEndian.Uint64(t[i:]) ^ binary.LittleEndian.Uint64(other[i:])
	}
	return differ == 0
}
