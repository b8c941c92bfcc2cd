package session

import (
	"fmt"
	"io"
	"slices"
	"unique"
)

// Who prints these while looking for a mistake prints no secret: package fmt would reach into what is not exported.

// Format prints no value, ID or token, whatever the verb.
func (s *Session) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "session.Session([redacted])")
}

// Format prints as the session does, which the context has. Inside other things package fmt does not ask for it, as nothing there
// is exported; then the session is an address, which is why context and writer point to it.
func (c *requestContext) Format(f fmt.State, verb rune) { c.session.Format(f, verb) }

// Format prints as the session does, which the context is.
func (c *promptContext) Format(f fmt.State, verb rune) { (*Session)(c).Format(f, verb) }

// Format prints as the session does, which the writer has.
func (w *writer) Format(f fmt.State, verb rune) { w.session.Format(f, verb) }

// Format prints no key, whatever the verb.
func (m *Manager) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "session.Manager([redacted])")
}

// Format prints the options without the store, and with "[redacted]" in place of the keys and the backend's options, which
// may hold a password.
func (o Options) Format(f fmt.State, verb rune) {
	if o.SecretKey != "" {
		o.SecretKey = redacted
	}
	if o.EncryptionKey != "" {
		o.EncryptionKey = redacted
	}
	o.OldSecretKeys = slices.Repeat([]string{redacted}, len(o.OldSecretKeys))
	o.OldEncryptionKeys = slices.Repeat([]string{redacted}, len(o.OldEncryptionKeys))
	if len(o.BackendOptions) > 0 {
		o.BackendOptions = BackendOptions{redacted: redacted}
	}
	o.Store = nil      // it may hold every session there is
	type plain Options // without this method
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(o))
}

// Format prints the device without the key under which the store keeps it.
func (d Device) Format(f fmt.State, verb rune) {
	d.key = unique.Handle[Key]{}
	type plain Device // without this method
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(d))
}
