// Package crossorigin refuses what pages of other sites make a browser send: the forms and scripts of cross-site request
// forgery, and the WebSockets of cross-site hijacking. It needs no session and no token, and protects any http.Handler:
//
//	protection, err := crossorigin.New(crossorigin.Options{TrustedOrigins: []string{"https://app.example.com"}})
//	if err != nil {
//		log.Fatal(err)
//	}
//	http.ListenAndServe("127.0.0.1:8000", protection.Handler(mux))
//
// Its place is outside of every session, so that a login is protected from being forged, too.
package crossorigin

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/proapi-go/proapi/session/internal/quota"
)

// Options configure a Protection. The zero value of each field is its default.
type Options struct {
	// TrustedOrigins may send every request, each exactly as a browser writes it in the header Origin:
	// "https://app.example.com", "http://localhost:5173". Behind a proxy that changes the Host header, the application's
	// own origin belongs to them.
	TrustedOrigins []string

	// Bypass are patterns of http.ServeMux whose requests are not checked: "POST /webhooks/{name}". What they lead to must
	// know its sender by something other than a cookie, such as a signature. A path that ServeMux would redirect to a
	// pattern does not match it.
	Bypass []string

	// Strict also refuses what would be checked and has neither Sec-Fetch-Site nor Origin. No browser of the last years
	// sends such a request; programs do.
	Strict bool

	// Deny answers a request that is refused, whose response has "Cache-Control: no-store" already. It may count and
	// report, too. Nil is the status 403 with the reason as plain text.
	Deny func(w http.ResponseWriter, r *http.Request, refused *RefusedError)

	// Logger gets a warning for a request that is refused, with its Origin and Host, quoted and cut, and with nothing else of
	// what the client sent; past ten in a second it is told at debug level, so that nobody fills the log. Nil is
	// slog.Default().
	Logger *slog.Logger
}

// A Protection tells the requests of other origins and refuses those that could change something. The zero value is one
// with the defaults of Options. It may be used from any number of goroutines, and not be copied.
//
// It is an [http.CrossOriginProtection] that looks at WebSockets, too. GET, HEAD and OPTIONS pass, so they must change
// nothing, unless they ask to upgrade to a WebSocket, to which browsers apply no same-origin policy (RFC 6455, section
// 10.2). Every other method passes, and so does an upgrade, where one of these holds:
//
//   - Sec-Fetch-Site is same-origin, or none: the visitor's own doing (https://www.w3.org/TR/fetch-metadata/).
//   - There is no Sec-Fetch-Site, and Origin has the request's host and port, whatever the scheme.
//   - There is neither: it is no browser's. With Options.Strict this does not hold.
//   - Origin is trusted, or the request matches a pattern of Bypass.
//
// Browsers send Sec-Fetch-Site to HTTPS and to localhost alone, and Chrome never with a WebSocket; there, Origin decides. So
// behind a proxy that changes the Host header, no WebSocket opens until the own origin is a trusted one.
type Protection struct {
	options Options
	origins http.CrossOriginProtection // with the trusted origins, and without the patterns
	bypass  *http.ServeMux             // whose handlers are all an exemption; nil where there is none
	lines   quota.Lines
}

// New returns a Protection. Its error says everything that is wrong with the options.
func New(options Options) (*Protection, error) {
	p := &Protection{options: options, bypass: http.NewServeMux()}
	var faults []error
	for _, origin := range options.TrustedOrigins {
		faults = append(faults, p.trust(origin))
	}
	for _, pattern := range options.Bypass {
		faults = append(faults, p.exempt(pattern))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

// Handler answers what is refused, and hands everything else to next.
//
// The answer to what is refused must not be stored, so it needs no Vary. Nor does anything else: what a cache may answer, a
// GET that asks for no WebSocket, passes whatever its headers say.
func (p *Protection) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused := p.refuse(r)
		if refused == nil {
			next.ServeHTTP(w, r)
			return
		}
		p.report(r, refused)
		w.Header().Set("Cache-Control", "no-store")
		if p.options.Deny != nil {
			p.options.Deny(w, r, refused)
			return
		}
		http.Error(w, refused.message(), http.StatusForbidden)
	})
}

// Check returns a *RefusedError if the request is to be refused, and nil otherwise. It answers and logs nothing.
func (p *Protection) Check(r *http.Request) error {
	if refused := p.refuse(r); refused != nil {
		return refused
	}
	return nil
}

// refuse returns why a request is refused, nil where it passes.
func (p *Protection) refuse(r *http.Request) *RefusedError {
	checked := r
	if asksForWebSocket(r) {
		unsafe := *r // is what it counts as
		unsafe.Method = http.MethodPost
		checked = &unsafe
	}
	doubtful := p.origins.Check(checked) != nil || p.options.Strict && isUnsafeAndSilent(checked)
	if !doubtful || p.isExempt(r) {
		return nil
	}
	return &RefusedError{What: what(r), Why: why(r.Header)}
}

// isUnsafeAndSilent reports whether a request could change something, and says nothing of where it comes from.
func isUnsafeAndSilent(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return r.Header.Get(siteHeader) == "" && r.Header.Get(originHeader) == ""
}

// asksForWebSocket reports whether a request wants to become a WebSocket, in HTTP/1.1 (RFC 6455, section 4.1) or HTTP/2
// (RFC 8441, section 4). Connection has to say "Upgrade" too, but not every server insists on that, so neither do we.
func asksForWebSocket(r *http.Request) bool {
	for _, names := range [...][]string{r.Header["Upgrade"], r.Header[":protocol"]} {
		for _, name := range names {
			if strings.Contains(strings.ToLower(name), "websocket") {
				return true
			}
		}
	}
	return false
}
