package session

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// validate returns everything that is wrong with options whose defaults are filled in, joined.
func (o *Options) validate() error {
	return errors.Join(o.checkSecrets(), o.checkTimes(), o.checkBounds(), o.checkAssurance(), o.checkCookie(), o.checkTransport(), o.checkPlace(), o.checkBinding())
}

func (o *Options) checkSecrets() error {
	var errs []error
	switch o.Env {
	case Development, Testing, Production:
	default:
		errs = append(errs, fmt.Errorf("session: Env is %q: it is one of development, production, testing", o.Env))
	}
	errs = append(errs, o.checkKeys("SecretKey", o.SecretKey, o.OldSecretKeys),
		o.checkKeys("EncryptionKey", o.EncryptionKey, o.OldEncryptionKeys))
	if o.Encrypt == Off && o.EncryptionKey != "" {
		errs = append(errs, errors.New("session: EncryptionKey is set and Encrypt is off: drop one of them"))
	}
	return errors.Join(errs...)
}

// checkKeys checks a key and those that were in its place before.
func (o *Options) checkKeys(name, key string, old []string) error {
	var errs []error
	grade := func(string) string { return "" }
	if o.Env == Production {
		grade = gradeSecret
	}
	if fault := grade(key); key != "" && fault != "" {
		errs = append(errs, fmt.Errorf("session: %s %s: set 32 random bytes, such as `openssl rand -hex 32` prints", name, fault))
	}
	for _, former := range old {
		switch fault := grade(former); {
		case former == "":
			errs = append(errs, fmt.Errorf("session: Old%ss holds an empty key: remove it", name))
		case former == key:
			errs = append(errs, fmt.Errorf("session: Old%ss holds %s itself: remove it there", name, name))
		case fault != "": // no session in production was ever stored with it
			errs = append(errs, fmt.Errorf("session: a key of Old%ss %s: remove it there", name, fault))
		}
	}
	return errors.Join(errs...)
}

// longestAge is the most that browsers keep a cookie for.
const longestAge = 400 * 24 * time.Hour

func (o *Options) checkTimes() error {
	var errs []error
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"MaxAge", o.MaxAge}, {"IdleTimeout", o.IdleTimeout}, {"StoreTimeout", o.StoreTimeout}} {
		if d.value < 0 {
			errs = append(errs, fmt.Errorf("session: %s is %s: it is 0 for its default, or more", d.name, d.value))
		}
	}
	if o.MaxAge > 0 && o.MaxAge < time.Second {
		errs = append(errs, fmt.Errorf("session: MaxAge is %s: cookies count whole seconds, set 1s or more", o.MaxAge))
	}
	if o.SeenInterval < 0 && (o.IdleTimeout > 0 || o.Rolling) {
		errs = append(errs, errors.New("session: SeenInterval is negative: IdleTimeout and Rolling need the time of the last use, set 0"))
	}
	if o.IdleTimeout > 0 && o.SeenInterval >= o.IdleTimeout {
		errs = append(errs, fmt.Errorf("session: SeenInterval is %s: it must be less than IdleTimeout, %s", o.SeenInterval, o.IdleTimeout))
	}
	if o.Rolling && o.SeenInterval >= o.MaxAge && o.MaxAge > 0 {
		errs = append(errs, fmt.Errorf("session: SeenInterval is %s: with Rolling it must be less than MaxAge, %s", o.SeenInterval, o.MaxAge))
	}
	if o.MaxAge > longestAge {
		errs = append(errs, fmt.Errorf("session: MaxAge is %s: browsers keep no cookie for more than 400 days (RFC 6265bis, section 5.5), "+
			"set at most %s, and Rolling where a session in use is not to end", o.MaxAge, longestAge))
	}
	return errors.Join(errs...)
}

func (o *Options) checkBounds() error {
	var errs []error
	if o.MaxSize < 0 {
		errs = append(errs, fmt.Errorf("session: MaxSize is %d: it is 0 for its default, or more", o.MaxSize))
	}
	if o.MaxWaiting < 0 {
		errs = append(errs, fmt.Errorf("session: MaxWaiting is %d: it is 0 for its default, or more", o.MaxWaiting))
	}
	if o.MaxSessionsPerUser < 0 {
		errs = append(errs, fmt.Errorf("session: MaxSessionsPerUser is %d: it is 0 for any number, or more", o.MaxSessionsPerUser))
	}
	if o.RefuseLogin && o.MaxSessionsPerUser == 0 {
		errs = append(errs, errors.New("session: RefuseLogin is set without MaxSessionsPerUser: set how many sessions a user may have"))
	}
	return errors.Join(errs...)
}

func (o *Options) checkPlace() error {
	var errs []error
	if o.Store != nil && o.Backend != "" {
		errs = append(errs, errors.New("session: Backend and Store are both set: set one of them"))
	}
	if o.Store != nil && len(o.BackendOptions) > 0 {
		errs = append(errs, errors.New("session: BackendOptions is set beside Store: it goes with Backend"))
	}
	return errors.Join(errs...)
}

func (o *Options) checkCookie() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("session: "+format, args...)) }
	secure := o.Secure.is(o.Env == Production)
	if !validCookie(o.CookieName, "", "") {
		wrong("CookieName is %q: a name is letters, digits and !#$%%&'*+-.^_`|~ (RFC 6265, section 4.1.1)", o.CookieName)
	}
	if !validCookie("x", o.CookiePath, "") || !strings.HasPrefix(o.CookiePath, "/") {
		wrong("CookiePath is %q: it begins with / and holds no control character and no semicolon", o.CookiePath)
	}
	if !validCookie("x", "", o.CookieDomain) || o.CookieDomain == "." {
		wrong("CookieDomain is %q: it is a host name such as example.com", o.CookieDomain)
	}
	switch o.SameSite {
	case http.SameSiteLaxMode, http.SameSiteStrictMode:
	case http.SameSiteNoneMode:
		if !secure {
			wrong("SameSite None needs Secure, browsers drop the cookie otherwise: set Secure to On, or SameSite to Lax")
		}
	default:
		wrong("SameSite is %d: it is one of http.SameSiteLaxMode, SameSiteStrictMode, SameSiteNoneMode", o.SameSite)
	}
	if o.Partitioned && !secure {
		wrong("Partitioned needs Secure, browsers drop the cookie otherwise: set Secure to On")
	}
	return errors.Join(append(errs, o.checkSwitches(), o.checkPrefix(secure))...)
}

func (o *Options) checkSwitches() error {
	var errs []error
	for _, s := range []struct {
		name  string
		value Switch
	}{
		{"Secure", o.Secure},
		{"HTTPOnly", o.HTTPOnly},
		{"Encrypt", o.Encrypt},
		{"RecordAddress", o.RecordAddress},
		{"RecordClient", o.RecordClient},
	} {
		if s.value > Off {
			errs = append(errs, fmt.Errorf("session: %s is %s: it is one of Auto, On, Off", s.name, s.value))
		}
	}
	if o.CookieOn > FirstWrite {
		errs = append(errs, fmt.Errorf("session: CookieOn is %d: it is one of FirstResponse, FirstWrite", o.CookieOn))
	}
	return errors.Join(errs...)
}

// validCookie reports whether net/http would send such a cookie.
func validCookie(name, path, domain string) bool {
	c := http.Cookie{Name: name, Path: path, Domain: domain} //nolint:gosec // never sent
	return c.Valid() == nil
}

// checkPrefix checks what browsers ask of cookies with a prefix, in any case (RFC 6265bis, section 4.1.3).
func (o *Options) checkPrefix(secure bool) error {
	name := strings.ToLower(o.CookieName)
	host := strings.HasPrefix(name, "__host-")
	scriptless := strings.HasPrefix(name, "__http-") || strings.HasPrefix(name, "__host-http-")
	var errs []error
	if (host || scriptless || strings.HasPrefix(name, "__secure-")) && !secure {
		errs = append(errs, fmt.Errorf("session: CookieName %q needs Secure: set Secure to On, or drop the prefix", o.CookieName))
	}
	if host && (o.CookieDomain != "" || o.CookiePath != "/") {
		errs = append(errs, fmt.Errorf("session: CookieName %q allows no CookieDomain and only the CookiePath /", o.CookieName))
	}
	if scriptless && !o.HTTPOnly.is(true) {
		errs = append(errs, fmt.Errorf("session: CookieName %q needs HTTPOnly: leave HTTPOnly at Auto", o.CookieName))
	}
	return errors.Join(errs...)
}
