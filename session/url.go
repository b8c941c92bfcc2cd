package session

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// A scheme says which backend opens a URL, and which package registers it.
type scheme struct {
	backend string
	pkg     string
}

// schemes are the URLs' schemes that are not the name of their backend.
var schemes = map[string]scheme{
	"redis":      {"redis", "redisstore"},
	"rediss":     {"redis", "redisstore"},
	"valkey":     {"redis", "redisstore"},
	"valkeys":    {"redis", "redisstore"},
	"unix":       {"redis", "redisstore"},
	"postgres":   {"postgres", "pgstore"},
	"postgresql": {"postgres", "pgstore"},
}

// OpenURL opens a store by its URL. The caller closes it, if it is an io.Closer.
//
//	memory:                              the backend "memory"; its options are the query: memory:?max_sessions=5000
//	file:./sessions?sync=always          the backend "file" with its directory, relative or (file:/var/lib/shop) absolute
//	redis://:password@localhost:6379/0   the backend "redis", also of rediss:, valkey:, valkeys: and unix:
//	postgres://user@localhost/shop       the backend "postgres", also of postgresql:
//
// Both of these take their other options from the query as well: redis://localhost/0?prefix=shop:.
//
// Any other scheme is the name of a backend. Backends but the first two get the whole URL as their option "url", and
// must be registered: their package is imported. Errors hold nothing of a URL but its scheme, since it may have a
// password.
func OpenURL(rawURL string, logger *slog.Logger) (Store, error) {
	u, err := url.Parse(rawURL)
	if err != nil { // and not what it says: it quotes the URL
		return nil, errors.New("session: a store's URL cannot be read: special letters of a password are written as %XX")
	}
	backend, options, err := backendOf(u, rawURL)
	if err != nil {
		return nil, err
	}
	if logger == nil {
		logger = slog.Default()
	}
	return openBackend(&Options{Backend: backend, BackendOptions: options, Logger: logger})
}

// backendOf returns the backend that a URL names, and its options.
func backendOf(u *url.URL, rawURL string) (backend string, options BackendOptions, err error) {
	switch u.Scheme {
	case "":
		return "", nil, fmt.Errorf("session: a store's URL has no scheme: known are %s", knownSchemes())
	case "memory":
		if u.Host+u.Path+u.Opaque != "" {
			return "", nil, errors.New("session: the URL of the memory backend is memory: alone, and options as its query")
		}
		options, err = queryOptions(u)
		return "memory", options, err
	case "file":
		options, err = fileOptions(u)
		return "file", options, err
	}
	s, ok := schemes[u.Scheme]
	if !ok {
		s.backend = u.Scheme
	}
	if !registered(s.backend) {
		return "", nil, missingBackend(u.Scheme, s)
	}
	return s.backend, BackendOptions{"url": rawURL}, nil
}

// missingBackend says what to do about a URL that no backend opens.
func missingBackend(name string, s scheme) error {
	if s.pkg != "" {
		return fmt.Errorf(`session: a %s: URL needs the backend %q: import _ "github.com/proapi-go/proapi/session/%s"`, name, s.backend, s.pkg)
	}
	return fmt.Errorf("session: a store's URL has an unknown scheme %q: known are %s", name, knownSchemes())
}

// fileOptions returns the options of the backend "file". The directory is what stands behind the colon.
func fileOptions(u *url.URL) (BackendOptions, error) {
	options, err := queryOptions(u)
	if err != nil {
		return nil, err
	}
	directory, err := url.PathUnescape(u.Opaque)
	switch {
	case err != nil, u.Host != "", u.User != nil, options["directory"] != nil:
		return nil, errors.New("session: the URL of the file backend is file: and the directory, such as file:./sessions or " +
			"file:/var/lib/shop/sessions, and options as its query")
	case directory == "":
		directory = u.Path
	}
	if directory != "" {
		options["directory"] = directory
	}
	return options, nil
}

// queryOptions returns a URL's query as a backend's options.
func queryOptions(u *url.URL) (BackendOptions, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("session: the query of a %s: URL cannot be read", u.Scheme)
	}
	options := BackendOptions{}
	for name, values := range query {
		if len(values) > 1 {
			return nil, fmt.Errorf("session: a %s: URL has the option %q twice", u.Scheme, name)
		}
		options[name] = values[0]
	}
	return options, nil
}

// knownSchemes lists what a URL may begin with.
func knownSchemes() string {
	known := slices.Collect(maps.Keys(schemes))
	for _, name := range backendNames() {
		if _, ok := schemes[name]; !ok && name != "migrating" {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	return strings.Join(known, ", ")
}
