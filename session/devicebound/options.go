package devicebound

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// A Policy says what becomes of sessions whose device does not register.
type Policy uint8

// The policies.
const (
	Prefer  Policy = iota // they go on unbound: most browsers cannot be bound
	Require               // Options.Grace after the login nobody is logged in any more
	Off                   // no session is bound, and those that are need no proof
)

// The defaults of Options.
const (
	DefaultLifetime = 10 * time.Minute
	DefaultGrace    = time.Minute
	DefaultPath     = "/session/device" // below the session's CookiePath
)

// Options configure a binding. The zero value of each field is its default.
type Options struct {
	// Policy says what becomes of sessions whose device does not register.
	Policy Policy

	// Lifetime is how long the bound cookie lasts, 10 minutes by default, and so how long a thief has who copies both
	// cookies. Chromium signs six times in nine minutes at the most, and begins two minutes before the end: below five minutes
	// it is for tests. At least 2 s.
	Lifetime time.Duration

	// Grace is for how long after the login, and again after the registration, requests without the bound cookie are taken
	// for those of a page that was faster than its browser; 0 is 1 minute, negative is none.
	Grace time.Duration

	// Path is where the browser registers (Path + "/register") and refreshes (Path + "/refresh"). The middleware answers
	// there, and nothing of the application. It is within the session's CookiePath, and empty it is "session/device" there.
	Path string

	// RefreshInitiators are the hosts whose requests to the application, such as a link's, make the browser refresh first:
	// "*", "example.com", "*.example.com". Nil is "*". With an empty list, or from others, a visitor whose bound cookie has
	// expired looks logged out until he asks for the next page.
	RefreshInitiators []string
}

// A Binding is for session.Options.Binding. It can be used for several Managers, and is safe for concurrent use.
type Binding struct{ options Options }

// New returns a Binding. What is wrong with the options, or with the session's beside them, session.New says.
func New(o Options) *Binding { return &Binding{options: o} }

// Open is for package session.
func (b *Binding) Open(site binding.Site) (binding.Guard, error) {
	o := b.options.withDefaults(site.CookiePath)
	if o.Policy == Off {
		return nil, nil //nolint:nilnil // the seam's word for Off
	}
	if err := errors.Join(o.check(site.CookiePath), o.checkSite(&site)); err != nil {
		return nil, err
	}
	return newGuard(o, &site), nil
}

func (o Options) withDefaults(cookiePath string) Options {
	o.Lifetime = cmp.Or(o.Lifetime, DefaultLifetime)
	o.Grace = cmp.Or(o.Grace, DefaultGrace)
	o.Path = cmp.Or(o.Path, path.Join(cookiePath, DefaultPath))
	if o.RefreshInitiators == nil {
		o.RefreshInitiators = []string{"*"}
	}
	return o
}

func (o *Options) check(cookiePath string) error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("devicebound: "+format, args...)) }
	if o.Policy > Off {
		wrong("Policy is %d: it is one of Prefer, Require, Off", o.Policy)
	}
	if o.Lifetime < shortest {
		wrong("Lifetime is %s: it is %s at the least, and 10m by default", o.Lifetime, shortest)
	}
	if !strings.HasPrefix(o.Path, "/") || path.Clean(o.Path) != o.Path || strings.ContainsAny(o.Path, "\"\\%?#;, \t") || !printable(o.Path) {
		wrong("Path is %q: it is a clean path such as %s, without quotes, escapes and spaces", o.Path, DefaultPath)
	}
	if !within(o.Path, cookiePath) {
		wrong("Path is %q: it is within the session's CookiePath, %q, since browsers send the cookie nowhere else", o.Path, cookiePath)
	}
	if slices.Contains(o.RefreshInitiators, "") {
		wrong(`RefreshInitiators has an empty host: it has such as "*", "example.com", "*.example.com"`)
	}
	return errors.Join(errs...)
}

// checkSite says what else of the session's options keeps browsers from binding it.
func (o *Options) checkSite(site *binding.Site) error {
	var errs []error
	if site.CookieDomain != "" {
		errs = append(errs, errors.New("devicebound: CookieDomain is set: a session is bound for one host, leave it empty"))
	}
	if site.Partitioned {
		errs = append(errs, errors.New("devicebound: Partitioned is set: browsers do not bind sessions of embedded pages, leave it off"))
	}
	if o.Policy == Require && !site.Secure {
		errs = append(errs, errors.New("devicebound: Require needs Secure, since browsers bind sessions over TLS alone: set Secure to On"))
	}
	if o.Policy == Require && site.TokenHeader {
		errs = append(errs, errors.New("devicebound: Require and TokenHeader are both set: clients that are no browsers cannot be bound, use Prefer or two Managers"))
	}
	return errors.Join(errs...)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// within reports whether a cookie of the path is sent to another (RFC 6265, section 5.1.4).
func within(p, cookiePath string) bool {
	rest, ok := strings.CutPrefix(p, cookiePath)
	return ok && (strings.HasSuffix(cookiePath, "/") || rest == "" || rest[0] == '/')
}
