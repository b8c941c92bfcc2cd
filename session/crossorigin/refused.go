package crossorigin

import (
	"log/slog"
	"net/http"
	"strconv"
)

const (
	siteHeader   = "Sec-Fetch-Site"
	originHeader = "Origin"

	loggedBytes = 100 // of a header
)

// A RefusedError is the error for a request that is refused. It says nothing in the client's words, so it can be shown to it.
type RefusedError struct {
	What string // was refused: "POST request", "WebSocket upgrade"
	Why  string // the header that decided, and what that means
}

// Error returns both.
func (r *RefusedError) Error() string { return "crossorigin: " + r.What + " refused: " + r.Why }

// message is for who reads the response, and names the options that would have let the request pass.
func (r *RefusedError) message() string {
	return r.What + " refused: " + r.Why + "; the option TrustedOrigins lets an origin pass, Bypass a path"
}

func what(r *http.Request) string {
	if asksForWebSocket(r) {
		return "WebSocket upgrade"
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodTrace:
		return r.Method + " request"
	}
	return "request" // a method of any letters
}

func why(h http.Header) string {
	switch h.Get(siteHeader) {
	case "cross-site":
		return "its header " + siteHeader + " is cross-site, so a page of another site sent it"
	case "same-site":
		return "its header " + siteHeader + " is same-site, so a page of another host or port of this site sent it"
	case "":
	default:
		return "its header " + siteHeader + " is neither same-origin nor none"
	}
	if h.Get(originHeader) == "" {
		return "it has neither of the headers " + siteHeader + " and " + originHeader + ", which a browser would send"
	}
	return "it has no " + siteHeader + ", and its header " + originHeader + " does not name the host that it was sent to"
}

// report logs a refusal. No path: it may hold what is secret.
func (p *Protection) report(r *http.Request, refused *RefusedError) {
	log := p.options.Logger
	if log == nil {
		log = slog.Default()
	}
	level := slog.LevelWarn
	if !p.lines.Allow() {
		level = slog.LevelDebug
	}
	log.LogAttrs(r.Context(), level, "crossorigin: request refused", slog.String("what", refused.What),
		slog.String("why", refused.Why), slog.String("origin", quoted(r.Header.Get(originHeader))),
		slog.String("host", quoted(r.Host)))
}

func quoted(text string) string {
	return strconv.QuoteToASCII(text[:min(len(text), loggedBytes)])
}
