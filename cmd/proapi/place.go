package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// longestAge is the most that a session can last: the CLI hides none that an application might still take.
const longestAge = 400 * 24 * time.Hour

// A place is where sessions are: the store, and a manager over it.
type place struct {
	store   session.Store
	manager *session.Manager
	keys    bool // the application's secret is known, so that values open
}

// open opens the store that the flags or the environment name.
func (g *global) open(log *slog.Logger) (*place, error) {
	app, err := proapi.OptionsFromEnv()
	if err != nil {
		return nil, &misuse{err}
	}
	o := app.Session
	storeURL := g.store
	if storeURL == "" {
		if storeURL, err = storeOf(&o); err != nil {
			return nil, err
		}
	}
	store, err := openPresent(storeURL, log)
	if err != nil {
		return nil, err
	}
	o.Store, o.Backend, o.BackendOptions = store, "", nil
	o.MaxAge = g.maxAge.or(o.MaxAge)
	o.Logger = log
	p := &place{store: store, keys: o.SecretKey != "" || o.EncryptionKey != "" || o.Encrypt == session.Off}
	if p.manager, err = session.New(o); err != nil {
		return nil, errors.Join(err, closeStore(store))
	}
	return p, nil
}

func (p *place) close() error {
	return errors.Join(p.manager.Close(), closeStore(p.store))
}

func closeStore(s session.Store) error {
	if c, ok := s.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// openPresent opens a store in which there are sessions already.
func openPresent(storeURL string, log *slog.Logger) (session.Store, error) {
	if err := present(storeURL); err != nil {
		return nil, err
	}
	return session.OpenURL(storeURL, log)
}

// present refuses a directory that is not there: a store would make it, and then there are no sessions in it.
func present(storeURL string) error {
	u, err := url.Parse(storeURL)
	if err != nil || u.Scheme != "file" {
		return nil //nolint:nilerr // OpenURL says what is wrong with it
	}
	directory, err := url.PathUnescape(cmp.Or(u.Opaque, u.Path, "sessions"))
	if err != nil {
		return nil //nolint:nilerr // the same
	}
	if _, err := os.Stat(directory); err != nil {
		return fmt.Errorf("there are no sessions: %w", err)
	}
	return nil
}

// lister returns the store as one that can tell what it holds.
func (p *place) lister() (session.Lister, error) {
	l, ok := p.store.(session.Lister)
	if !ok {
		return nil, session.ErrNotListed
	}
	return l, nil
}

// storeOf returns the URL of the store that an application with these options uses.
func storeOf(o *session.Options) (string, error) {
	text := func(name string) string { s, _ := o.BackendOptions[name].(string); return s }
	switch o.Backend {
	case "", "memory":
		return "", usageError("where are the sessions? say --store file:./sessions, --store redis://… or --store postgres://…, " +
			"or set PROAPI_SESSION_BACKEND as for the application")
	case "file":
		query := url.Values{}
		for name := range o.BackendOptions {
			if name != "directory" {
				query.Set(name, fmt.Sprint(o.BackendOptions[name]))
			}
		}
		u := url.URL{Scheme: "file", Opaque: url.PathEscape(text("directory")), RawQuery: query.Encode()}
		return u.String(), nil
	case "migrating":
		return "", usageError("PROAPI_SESSION_BACKEND is migrating, which is two stores: say with --store which of them is meant")
	}
	if u := text("url"); u != "" {
		return u, nil
	}
	return "", usageError("PROAPI_SESSION_BACKEND_OPTIONS has no url for the backend %q: add one, or say --store", o.Backend)
}

// find returns the session that a handle names: one of the user's, or, with "", anybody's, for which all are looked through.
func (p *place) find(ctx context.Context, user, handle string) (session.Device, error) {
	list := p.manager.All(ctx)
	if user != "" {
		list = p.manager.AllOf(ctx, user)
	}
	for d, err := range list {
		if err != nil {
			return session.Device{}, err
		}
		if d.Handle == handle {
			return d, nil
		}
	}
	return session.Device{}, fmt.Errorf("%w by the handle %q", session.ErrNotFound, handle)
}
