package proapi

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session"
)

// An Env says what an application runs for; some defaults and checks depend on it.
type Env = session.Env

// The environments.
const (
	Development = session.Development
	Production  = session.Production
	Testing     = session.Testing
)

var environments = []Env{Development, Production, Testing}

// The defaults of Options.
const (
	DefaultMaxBodyBytes      = 1 << 20
	DefaultMaxHeaderBytes    = 64 << 10
	DefaultReadHeaderTimeout = 5 * time.Second
	DefaultReadTimeout       = 30 * time.Second
	DefaultWriteTimeout      = 60 * time.Second
	DefaultIdleTimeout       = 2 * time.Minute
	DefaultShutdownTimeout   = 20 * time.Second
)

// Options configure an App. The zero value of each field is its default. [OptionsFromEnv] reads them from the
// environment.
type Options struct {
	// EnableSessions gives every request a session, with the options of Session.
	EnableSessions bool

	// Session are the sessions' options. Where its Env, Logger and OnError are not set, they are the App's.
	Session session.Options

	// Env says what the application runs for. Empty is what the variable PROAPI_ENV says, and Development where that is
	// empty, too. Production sets Strict-Transport-Security (one year) and Referrer-Policy on responses, and makes
	// sessions strict.
	Env Env

	// CrossOrigin refuses what a page of another site makes a browser send, with a 403 before any session is loaded:
	// requests with other methods than GET, HEAD and OPTIONS, and WebSockets. Package crossorigin says how it tells.
	// Programs that are no browsers pass. Auto is on; Off leaves it to you, and ignores the next two.
	CrossOrigin session.Switch

	// TrustedOrigins are other sites whose pages may send every request, as the header Origin has them:
	// "https://app.example.com". Behind a proxy that changes the Host header, the App's own origin belongs to them.
	TrustedOrigins []string

	// CrossOriginBypass are patterns of routes that take requests from every site, such as the form that an identity
	// provider posts: "POST /login/callback". Their handlers must know the sender by something other than a cookie.
	CrossOriginBypass []string

	// Logger gets what the client is not told: panics, errors, what the server could not do. Nil is slog.Default().
	Logger *slog.Logger

	// MaxBodyBytes bounds the body of every request; what goes past it is a 413. 0 is 1 MiB.
	MaxBodyBytes int64

	// MaxHeaderBytes bounds a request's first line and header, past which net/http answers 431; net/http lets 4 KiB more
	// through. 0 is 64 KiB.
	MaxHeaderBytes int

	// The times that a connection may take. 0 is the default, negative is no limit. A handler that streams moves its own
	// limits with [http.ResponseController].
	ReadHeaderTimeout time.Duration // to read a request's header: 5 s
	ReadTimeout       time.Duration // to read all of a request: 30 s
	WriteTimeout      time.Duration // from the header's end to the response's: 60 s
	IdleTimeout       time.Duration // between two requests of a connection: 2 min

	// ShutdownTimeout is for how long Run, told to stop, waits for requests before it cuts them off. 0 is 20 s, negative
	// is no limit.
	ShutdownTimeout time.Duration
}

// withDefaults returns the options with every zero value replaced by what it stands for.
func (o Options) withDefaults() Options {
	o.Env = cmp.Or(o.Env, Development)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	o.MaxBodyBytes = cmp.Or(o.MaxBodyBytes, DefaultMaxBodyBytes)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, DefaultMaxHeaderBytes)
	o.ReadHeaderTimeout = cmp.Or(o.ReadHeaderTimeout, DefaultReadHeaderTimeout)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, DefaultReadTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, DefaultWriteTimeout)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, DefaultIdleTimeout)
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, DefaultShutdownTimeout)
	return o
}

// validate returns what is wrong with the App's own options, the defaults filled in.
func (o *Options) validate() []error {
	var faults []error
	if !slices.Contains(environments, o.Env) {
		faults = append(faults, fmt.Errorf("proapi: Env (or %s) is %q: it is one of development, production, testing",
			envVariable, o.Env))
	}
	if o.CrossOrigin > session.Off {
		faults = append(faults, fmt.Errorf("proapi: CrossOrigin is %s: it is one of Auto, On, Off", o.CrossOrigin))
	}
	if o.MaxBodyBytes < 0 {
		faults = append(faults, fmt.Errorf("proapi: MaxBodyBytes is %d: it is 0 for its default, or more", o.MaxBodyBytes))
	}
	if o.MaxHeaderBytes < 0 {
		faults = append(faults, fmt.Errorf("proapi: MaxHeaderBytes is %d: it is 0 for its default, or more", o.MaxHeaderBytes))
	}
	return faults
}
