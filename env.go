package proapi

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/proapi-go/proapi/session"
)

const (
	envPrefix   = "PROAPI_"
	envVariable = "PROAPI_ENV"
	envSession  = "PROAPI_SESSION_"
)

// OptionsFromEnv reads every option that can be written as a text from the environment: PROAPI_ENV,
// PROAPI_ENABLE_SESSIONS, PROAPI_MAX_BODY_BYTES and so on for the App's, PROAPI_SESSION_SECRET_KEY,
// PROAPI_SESSION_MAX_AGE and so on for the session's; docs/sessions.md lists them. Names are the fields' with
// underscores. Times are seconds ("3600") or Go durations ("1h30m"); lists have commas, those of origins and routes may have
// spaces instead; PROAPI_SESSION_BACKEND_OPTIONS is "directory=/var/lib/app,sync=always", or a JSON object. A variable that
// is empty counts as not set.
//
// The error says everything that is wrong, each with the variable's name and what would be right, never with its value. A
// variable that begins with PROAPI_SESSION_ and is unknown is an error, and so is any other that looks like a known one
// misspelt. Options holds whatever was right.
func OptionsFromEnv() (Options, error) {
	var options Options
	var faults []error
	for _, v := range variables {
		text := os.Getenv(v.name)
		if text != "" && !v.set(&options, text) {
			faults = append(faults, fmt.Errorf("proapi: %s does not fit: it takes %s", v.name, v.takes))
		}
	}
	return options, errors.Join(append(faults, unknownVariables(os.Environ())...)...)
}

// A variable is an option in the environment.
type variable struct {
	name  string
	takes string
	set   func(o *Options, text string) bool // reports whether the text fits
}

// option is a variable whose text parse reads into a field.
func option[T any](name, takes string, parse func(string) (T, error), field func(*Options) *T) variable {
	return variable{name: name, takes: takes, set: func(o *Options, text string) bool {
		v, err := parse(text)
		if err == nil {
			*field(o) = v
		}
		return err == nil
	}}
}

func sessionOption[T any](name, takes string, parse func(string) (T, error), field func(*session.Options) *T) variable {
	return option(envSession+name, takes, parse, func(o *Options) *T { return field(&o.Session) })
}

var variables = []variable{
	option(envVariable, takesEnv, parseEnv, func(o *Options) *Env { return &o.Env }),
	option("PROAPI_ENABLE_SESSIONS", takesBool, parseBool, func(o *Options) *bool { return &o.EnableSessions }),
	option("PROAPI_CROSS_ORIGIN", takesSwitch, parseSwitch, func(o *Options) *session.Switch { return &o.CrossOrigin }),
	option("PROAPI_TRUSTED_ORIGINS", takesWords, parseWords, func(o *Options) *[]string { return &o.TrustedOrigins }),
	option("PROAPI_CROSS_ORIGIN_BYPASS", takesPatterns, parsePatterns,
		func(o *Options) *[]string { return &o.CrossOriginBypass }),
	option("PROAPI_MAX_BODY_BYTES", takesBytes, parseInt64, func(o *Options) *int64 { return &o.MaxBodyBytes }),
	option("PROAPI_MAX_HEADER_BYTES", takesBytes, strconv.Atoi, func(o *Options) *int { return &o.MaxHeaderBytes }),
	option("PROAPI_READ_HEADER_TIMEOUT", takesDuration, parseDuration,
		func(o *Options) *time.Duration { return &o.ReadHeaderTimeout }),
	option("PROAPI_READ_TIMEOUT", takesDuration, parseDuration,
		func(o *Options) *time.Duration { return &o.ReadTimeout }),
	option("PROAPI_WRITE_TIMEOUT", takesDuration, parseDuration,
		func(o *Options) *time.Duration { return &o.WriteTimeout }),
	option("PROAPI_IDLE_TIMEOUT", takesDuration, parseDuration,
		func(o *Options) *time.Duration { return &o.IdleTimeout }),
	option("PROAPI_SHUTDOWN_TIMEOUT", takesDuration, parseDuration,
		func(o *Options) *time.Duration { return &o.ShutdownTimeout }),

	sessionOption("SECRET_KEY", takesText, parseText, func(s *session.Options) *string { return &s.SecretKey }),
	sessionOption("OLD_SECRET_KEYS", takesList, parseList,
		func(s *session.Options) *[]string { return &s.OldSecretKeys }),
	sessionOption("ENCRYPTION_KEY", takesText, parseText, func(s *session.Options) *string { return &s.EncryptionKey }),
	sessionOption("OLD_ENCRYPTION_KEYS", takesList, parseList,
		func(s *session.Options) *[]string { return &s.OldEncryptionKeys }),
	sessionOption("ENCRYPT", takesSwitch, parseSwitch, func(s *session.Options) *session.Switch { return &s.Encrypt }),
	sessionOption("COOKIE_NAME", takesText, parseText, func(s *session.Options) *string { return &s.CookieName }),
	sessionOption("OLD_COOKIE_NAMES", takesList, parseList,
		func(s *session.Options) *[]string { return &s.OldCookieNames }),
	sessionOption("CLEAR_SITE_DATA", takesList, parseList,
		func(s *session.Options) *[]string { return &s.ClearSiteData }),
	sessionOption("TOKEN_HEADER", takesText, parseText, func(s *session.Options) *string { return &s.TokenHeader }),
	sessionOption("COOKIE_PATH", takesText, parseText, func(s *session.Options) *string { return &s.CookiePath }),
	sessionOption("COOKIE_DOMAIN", takesText, parseText, func(s *session.Options) *string { return &s.CookieDomain }),
	sessionOption("COOKIE_ON", takesMoment, parseCookieOn,
		func(s *session.Options) *session.CookieOn { return &s.CookieOn }),
	sessionOption("MAX_AGE", takesDuration, parseDuration, func(s *session.Options) *time.Duration { return &s.MaxAge }),
	sessionOption("IDLE_TIMEOUT", takesDuration, parseDuration,
		func(s *session.Options) *time.Duration { return &s.IdleTimeout }),
	sessionOption("ROLLING", takesBool, parseBool, func(s *session.Options) *bool { return &s.Rolling }),
	sessionOption("SECURE", takesSwitch, parseSwitch, func(s *session.Options) *session.Switch { return &s.Secure }),
	sessionOption("HTTP_ONLY", takesSwitch, parseSwitch,
		func(s *session.Options) *session.Switch { return &s.HTTPOnly }),
	sessionOption("SAME_SITE", takesSameSite, parseSameSite,
		func(s *session.Options) *http.SameSite { return &s.SameSite }),
	sessionOption("PARTITIONED", takesBool, parseBool, func(s *session.Options) *bool { return &s.Partitioned }),
	sessionOption("BACKEND", takesText, parseText, func(s *session.Options) *string { return &s.Backend }),
	sessionOption("BACKEND_OPTIONS", takesPairs, parseBackendOptions,
		func(s *session.Options) *session.BackendOptions { return &s.BackendOptions }),
	sessionOption("MAX_SIZE", takesBytes, strconv.Atoi, func(s *session.Options) *int { return &s.MaxSize }),
	sessionOption("MAX_SESSIONS_PER_USER", takesNumber, strconv.Atoi,
		func(s *session.Options) *int { return &s.MaxSessionsPerUser }),
	sessionOption("REFUSE_LOGIN", takesBool, parseBool, func(s *session.Options) *bool { return &s.RefuseLogin }),
	sessionOption("RECORD_ADDRESS", takesSwitch, parseSwitch,
		func(s *session.Options) *session.Switch { return &s.RecordAddress }),
	sessionOption("RECORD_CLIENT", takesSwitch, parseSwitch,
		func(s *session.Options) *session.Switch { return &s.RecordClient }),
	sessionOption("ASSURANCE", takesNumber, strconv.Atoi, func(s *session.Options) *int { return &s.Assurance }),
	sessionOption("RENEW_ON", takesList, parseList, func(s *session.Options) *[]string { return &s.RenewOn }),
	sessionOption("GRACE", takesDuration, parseDuration, func(s *session.Options) *time.Duration { return &s.Grace }),
	sessionOption("SEEN_INTERVAL", takesDuration, parseDuration,
		func(s *session.Options) *time.Duration { return &s.SeenInterval }),
	sessionOption("MAX_WAITING", takesNumber, strconv.Atoi, func(s *session.Options) *int { return &s.MaxWaiting }),
	sessionOption("STORE_TIMEOUT", takesDuration, parseDuration,
		func(s *session.Options) *time.Duration { return &s.StoreTimeout }),
}
