package crossorigin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// trust adds an origin to the trusted ones. They are compared byte by byte, so one that no browser writes like this is an
// error.
func (p *Protection) trust(origin string) error {
	if strings.Contains(origin, "@") {
		return fmt.Errorf("crossorigin: a trusted origin has a user or password: an origin is scheme://host or scheme://host:port")
	}
	if fault := originFault(origin); fault != "" {
		return fmt.Errorf("crossorigin: trusted origin %q: %s", origin, fault)
	}
	return p.origins.AddTrustedOrigin(origin)
}

// originFault says what is wrong with a trusted origin, "" where nothing is.
func originFault(origin string) string {
	u, err := url.Parse(origin)
	switch {
	case strings.Contains(origin, "*"):
		return "there are no wildcards: list every origin"
	case err != nil || u.Scheme == "" || u.Host == "":
		return `an origin is scheme://host or scheme://host:port, such as "https://app.example.com"`
	case u.Scheme == "ws" || u.Scheme == "wss":
		return "a WebSocket's Origin is that of the page which opens it: http or https"
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r >= 0x80 }):
		return "a browser sends the host in ASCII (xn--...)"
	case origin != asSent(u):
		return fmt.Sprintf("a browser sends %q", asSent(u))
	}
	return ""
}

// asSent returns a URL's origin in the form of the header (RFC 6454, sections 4 and 6.2).
func asSent(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Host), ":")
	switch u.Scheme { // in lower case, from url.Parse
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// An exemption is the handler of every pattern of Bypass. It is never called.
type exemption struct{}

func (exemption) ServeHTTP(http.ResponseWriter, *http.Request) {}

// exempt adds a pattern to those whose requests are not checked. The patterns are not given to http.CrossOriginProtection,
// which would have to match an upgrade's method as it is and check it as another.
func (p *Protection) exempt(pattern string) (err error) {
	defer func() {
		if cause := recover(); cause != nil { // ServeMux's way to say that a pattern is wrong
			err = fmt.Errorf("crossorigin: bypass pattern %q: %v", pattern, cause)
		}
	}()
	p.bypass.Handle(pattern, exemption{})
	return nil
}

// isExempt reports whether a request matches a pattern itself. One that ServeMux would redirect to it has another handler.
func (p *Protection) isExempt(r *http.Request) bool {
	if p.bypass == nil {
		return false
	}
	h, _ := p.bypass.Handler(r)
	_, exempt := h.(exemption)
	return exempt
}
