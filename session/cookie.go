package session

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A cookie is how a manager's cookie is read and written.
type cookie struct {
	pair  string // the name and the =
	scope string // the attributes that stand before Max-Age
	flags string // and those after it
	age   int64  // for how many seconds a new session's cookie is kept
	whole string // all attributes of such a one
}

func newCookie(o *Options) *cookie {
	c := &cookie{pair: o.CookieName + "=", scope: "; Path=" + o.CookiePath}
	if o.CookieDomain != "" {
		c.scope += "; Domain=" + strings.TrimPrefix(o.CookieDomain, ".")
	}
	if o.HTTPOnly.is(true) {
		c.flags += "; HttpOnly"
	}
	if o.Secure.is(o.Env == Production) {
		c.flags += "; Secure"
	}
	c.flags += "; SameSite=" + map[http.SameSite]string{
		http.SameSiteLaxMode: "Lax", http.SameSiteStrictMode: "Strict", http.SameSiteNoneMode: "None",
	}[o.SameSite]
	if o.Partitioned {
		c.flags += "; Partitioned"
	}
	c.age = seconds(o.MaxAge)
	c.whole = string(c.attributes(nil, c.age))
	return c
}

// maxCandidates is how many cookies of one name are looked at. A sibling host or another path can add some (RFC 6265,
// section 8.6); nobody has more than two or three.
const maxCandidates = 8

// read returns the values of all cookies of the name, in the order in which they came. more reports that there were more
// than maxCandidates.
func (c *cookie) read(h http.Header, into *[maxCandidates]string) (n int, more bool) {
	for _, line := range h["Cookie"] {
		for line = trimLeft(line); line != ""; line = trimLeft(line) {
			rest, ours := strings.CutPrefix(line, c.pair)
			end := strings.IndexByte(rest, ';')
			if end < 0 {
				end, line = len(rest), ""
			} else {
				line = rest[end+1:]
			}
			if !ours {
				continue
			}
			if n == maxCandidates {
				return n, true
			}
			into[n] = trimRight(rest[:end])
			n++
		}
	}
	return n, false
}

// trimSpace removes what may stand around a cookie: spaces and tabs.
func trimSpace(s string) string { return trimRight(trimLeft(s)) }

func trimLeft(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

func trimRight(s string) string {
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// set adds the cookie to a response's header, to be kept for age; 0 makes the browser forget it, which it does only where
// name, path, domain and flags are those with which it was set.
func (c *cookie) set(h http.Header, value []byte, age time.Duration) {
	var buf [256]byte
	b := append(append(buf[:0], c.pair...), value...)
	if age := seconds(age); age == c.age {
		b = append(b, c.whole...)
	} else {
		b = c.attributes(b, age)
	}
	room := new([2]string) // for the values of both headers
	put(h, "Set-Cookie", room[:1:1], string(b))
	forbidStoring(h, room[1:])
}

// attributes appends what stands behind the value.
func (c *cookie) attributes(b []byte, age int64) []byte {
	b = append(append(b, c.scope...), "; Max-Age="...)
	return append(strconv.AppendInt(b, age, 10), c.flags...)
}

// seconds rounds up: the record decides.
func seconds(age time.Duration) int64 { return int64((age + time.Second - 1) / time.Second) }

// forbidStoring keeps a response that sets the cookie out of every cache (RFC 9111, section 5.2.2.5), also out of those
// that read a header of their own first (RFC 9213).
func forbidStoring(h http.Header, room []string) {
	if len(h) > 1 { // not the cookie alone
		delete(h, "Cache-Control")
		delete(h, "Expires")
		delete(h, "Cdn-Cache-Control")
		delete(h, "Surrogate-Control")
		delete(h, "X-Accel-Expires")
	}
	put(h, "Cache-Control", room, "no-store")
}

// varyBy says that the response depends on who asked, as a header of the request tells (RFC 9110, section 12.5.5).
func varyBy(h http.Header, header string) {
	lines := h["Vary"]
	if len(lines) == 0 {
		h["Vary"] = []string{header}
		return
	}
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, header) {
				return
			}
		}
	}
	h["Vary"] = append(lines, header)
}

// put adds a value to a header, in the room, which is for one value, where it is the first.
func put(h http.Header, name string, room []string, value string) {
	if lines := h[name]; len(lines) > 0 {
		h[name] = append(lines, value)
		return
	}
	room[0] = value
	h[name] = room
}
