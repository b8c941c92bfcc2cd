package session

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A transport is how a request brought its token, and how the response is to bring the next.
type transport uint8

const (
	byCookie transport = iota
	byHeader           // Options.TokenHeader: for clients that are no browsers
)

const (
	authorization = "Authorization"
	bearer        = "Bearer"
	tokenAnswer   = "Session-Token" // in a response, where requests have it in Authorization
)

// headerToken returns the token in the request's header, and whether the request has that header. A browser sends none
// on its own, so that such a request cannot be forged by another site.
func (o *Options) headerToken(h http.Header) (token string, has bool) {
	if o.TokenHeader == "" {
		return "", false
	}
	return o.readHeader(h)
}

func (o *Options) readHeader(h http.Header) (token string, has bool) {
	lines, has := h[o.TokenHeader]
	if !has || len(lines) != 1 {
		return "", has
	}
	if o.TokenHeader != authorization {
		return trimSpace(lines[0]), true
	}
	scheme, token, _ := strings.Cut(trimSpace(lines[0]), " ")
	if !strings.EqualFold(scheme, bearer) {
		return "", false // another scheme is for somebody else
	}
	return trimSpace(token), true
}

// answerHeader is the response's header for a token.
func (o *Options) answerHeader() string {
	if o.TokenHeader == authorization {
		return tokenAnswer
	}
	return o.TokenHeader
}

// siteData are the words that Clear-Site-Data knows.
var siteData = []string{"cache", "cookies", "storage", "executionContexts", "*"}

func (o *Options) checkTransport() error {
	var errs []error
	for _, text := range o.OldCookieNames {
		if _, err := o.oldCookie(text); err != nil {
			errs = append(errs, fmt.Errorf("session: OldCookieNames holds %q: %w", text, err))
		}
	}
	for _, word := range o.ClearSiteData {
		if !slices.Contains(siteData, word) {
			errs = append(errs, fmt.Errorf("session: ClearSiteData holds %q: it knows %s", word, strings.Join(siteData, ", ")))
		}
	}
	if o.TokenHeader != "" && !validHeader(o.TokenHeader) {
		errs = append(errs, fmt.Errorf("session: TokenHeader is %q: it is the name of a header, such as X-Session-Token", o.TokenHeader))
	}
	if slices.Contains([]string{"Cookie", "Set-Cookie"}, o.TokenHeader) {
		errs = append(errs, errors.New("session: TokenHeader is a cookie's header: leave it empty for cookies"))
	}
	return errors.Join(errs...)
}

// validHeader reports whether name is a header's (RFC 9110, section 5.1), in its canonical form.
func validHeader(name string) bool {
	return validCookie(name, "", "") && http.CanonicalHeaderKey(name) == name
}
