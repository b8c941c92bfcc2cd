package session

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
)

// An Env says what an application runs for; some defaults and checks depend on it.
type Env string

// The environments. The empty Env is Development.
const (
	Development Env = "development"
	Production  Env = "production"
	Testing     Env = "testing"
)

// CookieOn says when a visitor without a session gets the cookie.
type CookieOn uint8

// The moments at which a cookie is first set.
const (
	FirstResponse CookieOn = iota // on the first response, whatever it is
	FirstWrite                    // on the response to the request that first stored a value
)

// The defaults of Options. Durations that are not listed are 0, and what that means stands with the field.
const (
	DefaultCookieName   = "session"
	DefaultMaxAge       = time.Hour
	DefaultBackend      = "memory"
	DefaultMaxSize      = 64 << 10
	DefaultGrace        = 30 * time.Second
	DefaultSeenInterval = time.Minute
	DefaultStoreTimeout = 2 * time.Second
	DefaultMaxWaiting   = 4096
)

// Options configure a Manager. The zero value of each field is its default; only SecretKey is set by everyone.
type Options struct {
	// SecretKey signs the cookies. 32 random bytes or more are used as they are; anything shorter is stretched once, at
	// start (PBKDF2, about 150 ms). Processes that share sessions share the key. Where it is empty, a random key is made
	// for this process, with a warning: its sessions end with it. In production fewer than 16 bytes, and placeholders
	// from guides, are an error.
	SecretKey string

	// OldSecretKeys are former keys, in no order: cookies that they signed are still read, and signed anew when the
	// session is next used. Drop a key once MaxAge has passed since it was replaced.
	OldSecretKeys []string

	// EncryptionKey encrypts stored values, where Encrypt says so; OldEncryptionKeys are former ones, in no order, with
	// which values are still read until they are next stored. Without one the key is derived from SecretKey. The rules for
	// SecretKey hold for it, too. It can be set at any time: what was encrypted with a key from SecretKey stays readable.
	EncryptionKey     string
	OldEncryptionKeys []string

	// Encrypt encrypts the values of sessions that are stored, and binds them to their session, version and user
	// (XAES-256-GCM), so that who can read the store learns nothing from them, and who can write to it cannot make himself
	// somebody else. Auto is on for every store but memory. What was stored in the clear is not read while it is on: to
	// turn it on ends the sessions that there are.
	Encrypt Switch

	// CookieName is the cookie's name, "session" by default. A name that begins with "__Host-" or "__Secure-" must
	// keep what browsers ask of it (RFC 6265bis, section 4.1.3).
	CookieName string

	// MaxAge is a session's lifetime since its creation, or, where Rolling is set, since it was last used; and the
	// cookie's. 0 is 1 hour. It is kept to the second.
	MaxAge time.Duration

	// Secure sets the cookie's Secure attribute, which keeps it off connections without TLS. Auto is on in Production.
	Secure Switch

	// HTTPOnly sets the cookie's HttpOnly attribute, which hides it from scripts. Auto is on.
	HTTPOnly Switch

	// SameSite sets the cookie's SameSite attribute: 0 is Lax. None needs Secure.
	SameSite http.SameSite

	// Backend names where sessions are kept: "memory" (the default), "file", or the name under which an imported store
	// has registered itself. Exclusive with Store.
	Backend string

	// BackendOptions are the backend's own settings. One that the backend does not know is an error that lists those it
	// knows.
	BackendOptions BackendOptions

	// Store is where sessions are kept, built by you; the Manager does not close it. Exclusive with Backend.
	Store Store

	// IdleTimeout ends a session that no request has used for so long; 0 is never. As the time of the last use is
	// stored at most every SeenInterval, a session may end so much earlier.
	IdleTimeout time.Duration

	// Rolling counts MaxAge from the last use, so that a session in use does not end.
	Rolling bool

	// CookiePath and CookieDomain are the cookie's Path and Domain attributes: "/" and none, this host alone.
	CookiePath   string
	CookieDomain string

	// Partitioned keeps the cookie apart for each site that embeds the application (CHIPS). It needs Secure.
	Partitioned bool

	// OldCookieNames are names that the cookie had before: browsers are told to forget them when they send them. Where it
	// had another path or domain, also with the same name, these stand behind it, as in "sid; Path=/app; Domain=example.com".
	OldCookieNames []string

	// ClearSiteData lists what a browser is to forget when the visitor logs out, besides the cookie: "cache", "storage",
	// "cookies" (of the whole registrable domain), "executionContexts" or "*" (https://www.w3.org/TR/clear-site-data/).
	// Browsers heed it over TLS alone.
	ClearSiteData []string

	// TokenHeader is a header in which clients that are no browsers send the token instead of a cookie, and get it, such as
	// "X-Session-Token": a request that has the header, empty where there is no token yet, gets no cookie, and where there
	// is a new token the response has it in this header. With "Authorization" the request's value is "Bearer " and the
	// token (RFC 6750, section 2.1), and the response's header is Session-Token. Empty is none: cookies alone.
	TokenHeader string

	// CookieOn says when the cookie is first set: on the first response.
	CookieOn CookieOn

	// MaxSize bounds a session's encoded values, in bytes; 0 is 64 KiB. A value that would go past it is a SizeError.
	MaxSize int

	// MaxSessionsPerUser is how many sessions a user may have at the same time; 0 is any number. A login past it ends those
	// that logged in first, or, with RefuseLogin, fails with ErrTooManySessions. The store must be a Lister.
	MaxSessionsPerUser int
	RefuseLogin        bool

	// RecordAddress and RecordClient keep, at Login, from where and with what the user logged in ("Firefox on Windows"),
	// for the list of his devices. Auto is on.
	RecordAddress Switch
	RecordClient  Switch

	// ClientAddress returns the address of a request's client, for RecordAddress. Nil is the connection's other end. Behind
	// a proxy, read the header that the proxy sets, and only where nobody else can.
	ClientAddress func(r *http.Request) string

	// Assurance is one of NIST's authenticator assurance levels, 1, 2 or 3, whose limits (SP 800-63B-4, sections 2.1.3,
	// 2.2.3 and 2.3.3) are then the defaults of MaxAge and IdleTimeout, and the most that they may be: 30 days; 24 hours
	// and 1 hour idle; 12 hours and 15 minutes idle. 0 is none.
	Assurance int

	// Binding binds the session of a user who logs in to his device, where his browser can do that, so that a stolen cookie
	// is worth nothing elsewhere: devicebound.New(devicebound.Options{}). Experimental. Nil is none.
	Binding binding.Binding

	// RenewOn lists the keys whose changed value gives the session a new ID at commit, as Login does. Nil is user_id,
	// uid, username, is_authenticated, role, roles and is_admin; an empty list is none.
	RenewOn []string

	// Grace is for how long requests with a token that was just renewed or destroyed are taken for late ones of its
	// visitor: they see an empty session, store nothing and set no cookie. 0 is 30 s, negative is none.
	Grace time.Duration

	// SeenInterval is how old the stored time of the last use may become before a request that changes nothing stores
	// it; 0 is 1 minute, or a tenth of IdleTimeout where that is less. Negative is never, for neither IdleTimeout nor
	// Rolling.
	SeenInterval time.Duration

	// StoreTimeout bounds how long one load, and one commit with all its retries, may take before the client gets a 503;
	// 0 is 2 s.
	StoreTimeout time.Duration

	// MaxWaiting is how many requests may wait for the store at the same time, to load their session or to commit; the others
	// get their 503 at once, so that a store that hangs holds up no more of the server than that. 0 is 4096. Requests that
	// do not use their session never wait, and for sessions in memory nobody does.
	MaxWaiting int

	// Env decides Secure, and how strictly SecretKey is looked at.
	Env Env

	// Logger gets warnings, errors and, at debug level, rejected cookies; never a token, an ID or a value. Nil is
	// slog.Default().
	Logger *slog.Logger

	// OnEvent is called for what is worth a line in an audit log, from the request's goroutine, so it must be quick; it is
	// logged as well, without the user, at debug level where it happens every day.
	OnEvent func(ctx context.Context, e Event)

	// OnStoreCall is called after each load, save and delete that a request, a revocation or Done makes of the store, for
	// tracing, with that request's or caller's context, from the same goroutine and from several at the same time: it must be
	// quick. Nil costs nothing. See package sessionotel for spans made of it.
	OnStoreCall func(ctx context.Context, call StoreCall)

	// OnError answers a request whose session could not be loaded or stored, instead of the handler: status is 503, 409
	// (ErrEnded) or 500 (a value that cannot be stored). Retry-After and Cache-Control are set. Nil writes the status's
	// text. The session is not to be used in it.
	OnError func(w http.ResponseWriter, r *http.Request, status int, err error)
}

// defaultRenewOn are the keys under which applications keep who is logged in and what they may do.
var defaultRenewOn = []string{"user_id", "uid", "username", "is_authenticated", "role", "roles", "is_admin"}

// withDefaults returns the options with every zero value replaced by what it stands for.
func (o Options) withDefaults() Options {
	o.TokenHeader = http.CanonicalHeaderKey(o.TokenHeader)
	o.CookieName = cmp.Or(o.CookieName, DefaultCookieName)
	o.CookiePath = cmp.Or(o.CookiePath, "/")
	limits := assurance(o.Assurance)
	o.MaxAge = cmp.Or(o.MaxAge, limits.maxAge, DefaultMaxAge)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, limits.idle)
	o.SameSite = cmp.Or(o.SameSite, http.SameSiteLaxMode)
	o.MaxSize = cmp.Or(o.MaxSize, DefaultMaxSize)
	o.Grace = cmp.Or(o.Grace, DefaultGrace)
	o.StoreTimeout = cmp.Or(o.StoreTimeout, DefaultStoreTimeout)
	o.MaxWaiting = cmp.Or(o.MaxWaiting, DefaultMaxWaiting)
	o.Env = cmp.Or(o.Env, Development)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.SeenInterval == 0 {
		o.SeenInterval = DefaultSeenInterval
		if o.IdleTimeout > 0 { // a negative one is refused
			o.SeenInterval = min(o.SeenInterval, o.IdleTimeout/10)
		}
		if o.Rolling && o.MaxAge > 0 {
			o.SeenInterval = min(o.SeenInterval, o.MaxAge/10)
		}
	}
	if o.Backend == "" && o.Store == nil {
		o.Backend = DefaultBackend
	}
	if o.ClientAddress == nil {
		o.ClientAddress = remoteAddress
	}
	if o.RenewOn == nil {
		o.RenewOn = defaultRenewOn
	}
	if o.OnError == nil {
		o.OnError = func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			http.Error(w, http.StatusText(status), status)
		}
	}
	return o
}
