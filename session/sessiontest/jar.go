package sessiontest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// A jar keeps cookies by name alone. Secure, Domain and Path are not looked at, so that an application with the options of
// production can be tested without TLS and under any name. A cookie stays until a response expires it: once its Max-Age
// has passed it is the server that must refuse it, and a jar that held it back would hide whether it does.
type jar struct {
	mu      sync.Mutex
	cookies []*http.Cookie
}

// keep does what a browser does with the cookies of a response.
func (j *jar) keep(set []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range set {
		j.cookies = slices.DeleteFunc(j.cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		if !expired(c) {
			j.cookies = append(j.cookies, c)
		}
	}
}

// expired reports whether a response asks with c to forget it: Max-Age comes before Expires (RFC 6265, section 5.3).
func expired(c *http.Cookie) bool {
	if c.MaxAge != 0 {
		return c.MaxAge < 0
	}
	return !c.Expires.IsZero() && !c.Expires.After(time.Now())
}

// addTo adds the cookies that a request does not have already.
func (j *jar) addTo(r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.cookies {
		if _, err := r.Cookie(c.Name); err != nil {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
		}
	}
}

func (j *jar) get(name string) *http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.cookies {
		if c.Name == name {
			found := *c
			return &found
		}
	}
	return nil
}

func (j *jar) copy() *jar {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &jar{cookies: slices.Clone(j.cookies)}
}
