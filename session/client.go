package session

import (
	"net"
	"net/http"
	"strings"

	"github.com/proapi-go/proapi/session/internal/useragent"
)

// The engine's own keys for what is known of a login.
const (
	keyLogin         = "\x00login"         // its name, which the session keeps when it is renewed
	keyAuthenticated = "\x00authenticated" // its time
	keyAddress       = "\x00address"       // from where
	keyClient        = "\x00client"        // with what, in words
)

// longestAddress is the most that is kept of an address: an IPv6 address with a zone.
const longestAddress = 64

// remoteAddress returns the address of the connection's other end, without its port.
func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// recordClient keeps from where and with what the user logs in, as far as the options want it.
func (s *Session) recordClient() {
	o := &s.m.options
	if s.http == nil {
		return
	}
	if o.RecordAddress.is(true) {
		address := strings.ToValidUTF8(o.ClientAddress(s.http), "")
		s.note(keyAddress, address[:min(len(address), longestAddress)])
	}
	if o.RecordClient.is(true) {
		s.note(keyClient, useragent.Words(s.http.UserAgent()))
	}
}

// note sets one of the engine's own keys, or removes it.
func (s *Session) note(key, text string) {
	if text == "" {
		_ = s.change(&change{op: opDelete, key: key}) // fails the request
		return
	}
	val, _ := appendScalar(nil, text)
	_ = s.change(&change{op: opSet, key: key, val: val}) // fails the request
}
