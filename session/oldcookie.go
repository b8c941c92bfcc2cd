package session

import (
	"errors"
	"net/http"
	"strings"
)

// An oldCookie is one that the application set before it was renamed, or moved to another path or domain. A browser forgets
// it only where it is told with the path and the domain with which it was set (RFC 6265bis, section 5.7).
type oldCookie struct {
	cookie

	name string
	own  bool // it has the name of today's
}

// oldCookie reads an element of OldCookieNames: a name, and attributes as in Set-Cookie.
func (o *Options) oldCookie(text string) (oldCookie, error) {
	name, attributes, moved := strings.Cut(text, ";")
	old := *o // the options as they were then
	old.CookieName, old.CookiePath, old.CookieDomain, old.Partitioned = name, "/", "", false
	if !moved && !strings.HasPrefix(strings.ToLower(name), "__host-") {
		old.CookiePath, old.CookieDomain, old.Partitioned = o.CookiePath, o.CookieDomain, o.Partitioned
	}
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(attribute), "=")
		switch strings.ToLower(key) {
		case "":
		case "path":
			old.CookiePath = value
		case "domain":
			old.CookieDomain = value
		case "partitioned":
			old.Partitioned = true
		default:
			return oldCookie{}, errors.New("after the name it takes Path, Domain and Partitioned, as in \"sid; Path=/app; Domain=example.com\"")
		}
	}
	same := old.CookiePath == o.CookiePath && old.CookieDomain == o.CookieDomain && old.Partitioned == o.Partitioned
	if name == o.CookieName && same {
		return oldCookie{}, errors.New("it is CookieName itself: it takes other names, or the same with another Path or Domain")
	}
	if hasPrefix(name) {
		old.Secure, old.HTTPOnly = On, On // or the browser looks at nothing of it
	}
	return oldCookie{cookie: *newCookie(&old), name: name, own: name == o.CookieName}, old.checkCookie()
}

// hasPrefix reports whether browsers ask more of a cookie for its name.
func hasPrefix(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "__host-") || strings.HasPrefix(name, "__secure-") || strings.HasPrefix(name, "__http-")
}

// oldCookies reads OldCookieNames, which are valid.
func (o *Options) oldCookies() (all []oldCookie) {
	for _, text := range o.OldCookieNames {
		if c, err := o.oldCookie(text); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// isSent reports whether the request has the cookie. One of today's name is an old one only beside another.
func (c *oldCookie) isSent(r *http.Request) bool {
	found := len(r.CookiesNamed(c.name))
	return found > 1 || found == 1 && !c.own
}
