package session

import (
	"net/http"
	"net/url"
)

// withheld reports whether the browser may have a cookie that it did not send, because the request comes from another
// site: with SameSite Lax on an unsafe method, with Strict on any. Such a request must not be given a cookie, which would
// take the place of the visitor's own: any site could log him out with a form, and with Strict, a link would.
//
// Browsers say where a request comes from in Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/), older ones, of an
// unsafe one, in Origin (RFC 6454, section 7).
func (m *Manager) withheld(r *http.Request) bool {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch m.options.SameSite {
	case http.SameSiteStrictMode:
	case http.SameSiteLaxMode:
		if safe {
			return false
		}
	default:
		return false
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}
