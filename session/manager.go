package session

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/proapi-go/proapi/session/internal/binding"
	"github.com/proapi-go/proapi/session/memstore"
)

// A Manager gives the requests of an application their sessions. It is safe for concurrent use.
type Manager struct {
	options   Options
	store     Store
	opened    Store // the store again, where the Manager opened it
	keys      *keyring
	cookie    *cookie
	former    []oldCookie
	locators  *keyring        // those that name sessions to the guard
	guard     binding.Guard   // nil where sessions are not bound to devices
	seals     seals           // nil where values are stored as they are
	inProcess bool            // the store never lets values out of this process, and so needs no check of what comes back
	memory    *memstore.Store // the store, where it is that, and values are not sealed; else nil
	clock     clock
	epoch     epoch
	observe   *observer
	calls     calls
	crowd     crowd
	turns     turns
	ends      ends
}

// New returns a Manager with the options, and opens their backend. Where options are wrong, the error names every one of
// them and what would be right (errors.Join).
func New(o Options) (*Manager, error) {
	o = o.withDefaults()
	opened, err := openBackend(&o)
	if err = errors.Join(o.validate(), err); err != nil {
		_ = closeStore(opened)
		return nil, err
	}
	m := &Manager{options: o, store: o.Store, opened: opened, cookie: newCookie(&o), observe: newObserver(o.Logger, o.OnEvent)}
	m.former = o.oldCookies()
	if m.store == nil {
		m.store = opened
	}
	memory, inProcess := m.store.(*memstore.Store)
	m.inProcess = inProcess
	m.calls = newCalls(o.OnStoreCall, m.inProcess)
	if !m.inProcess {
		m.crowd.most = int64(o.MaxWaiting)
	}
	if err := m.deriveKeys(); err != nil {
		return nil, errors.Join(err, closeStore(opened))
	}
	if m.seals == nil {
		m.memory = memory
	}
	if _, lists := m.store.(Lister); o.MaxSessionsPerUser > 0 && !lists {
		return nil, errors.Join(fmt.Errorf("%w: MaxSessionsPerUser needs one that can", ErrNotListed), closeStore(opened))
	}
	warnSecret(&o)
	return m, nil
}

// deriveKeys makes the keys that sign tokens, and those that encrypt values.
func (m *Manager) deriveKeys() error {
	o := &m.options
	secret := o.SecretKey
	if secret == "" {
		secret = randomSecret()
	}
	roots, err := rootKeys(append([]string{secret}, o.OldSecretKeys...))
	if err != nil {
		return err
	}
	if m.keys, err = newKeyring(roots, o.CookieName); err != nil {
		return err
	}
	if err = m.openGuard(roots); err != nil || !m.encrypts() {
		return err
	}
	own := o.OldEncryptionKeys
	if o.EncryptionKey != "" {
		own = append([]string{o.EncryptionKey}, own...)
	}
	encryption, err := rootKeys(own)
	if err != nil {
		return err
	}
	if o.EncryptionKey == "" { // the first one seals
		encryption = append(roots, encryption...)
	} else {
		encryption = append(encryption, roots...)
	}
	m.seals, err = newSeals(encryption)
	return err
}

// encrypts reports whether values are stored encrypted.
func (m *Manager) encrypts() bool {
	return m.options.Encrypt.is(!m.inProcess)
}

// warnSecret says in the log, once, what is wrong with a secret that is accepted all the same.
func warnSecret(o *Options) {
	fault := gradeSecret(o.SecretKey)
	switch {
	case o.SecretKey == "" && o.Env == Production && o.Backend != DefaultBackend:
		o.Logger.Error("session: no SecretKey is set, in production and with a backend that persists: a random one is used, " +
			"and at the next restart every stored session is lost to its visitor; set 32 random bytes, such as `openssl rand -hex 32` prints")
	case o.SecretKey == "":
		o.Logger.Warn("session: no SecretKey is set: a random one is used, and sessions end with this process; " +
			"set 32 random bytes, such as `openssl rand -hex 32` prints")
	case fault != "":
		o.Logger.Warn("session: SecretKey is weak, and production refuses it: set 32 random bytes, such as `openssl rand -hex 32` prints",
			slog.String("fault", fault))
	case len(o.SecretKey) < strongSecret:
		o.Logger.Warn("session: SecretKey is a short passphrase: it is stretched at each start; better are 32 random bytes, such as `openssl rand -hex 32` prints")
	case isSentence(o.SecretKey):
		o.Logger.Warn("session: SecretKey is a sentence, which is easier to guess than it looks: better are 32 random bytes, such as `openssl rand -hex 32` prints")
	}
}

// Close ends what the Manager does in the background, and closes the store, if the Manager opened it. Requests that are still being handled fail.
func (m *Manager) Close() error {
	m.ends.close()
	return closeStore(m.opened)
}

func closeStore(s Store) error {
	closer, ok := s.(io.Closer)
	if !ok {
		return nil
	}
	if err := closer.Close(); err != nil {
		return fmt.Errorf("session: close store: %w", err)
	}
	return nil
}

// expiry returns when a session ends that began at created and was last used at seen.
func (m *Manager) expiry(created, seen moment) moment {
	from := created
	if m.options.Rolling {
		from = seen
	}
	end := from.after(m.options.MaxAge)
	if idle := m.options.IdleTimeout; idle > 0 {
		end = min(end, seen.after(idle))
	}
	return end
}

// tokenEnd returns when a token ends that is issued now: a deleted session's key is refused until then.
func (m *Manager) tokenEnd(now moment) time.Time {
	return now.after(m.options.MaxAge + clockSkew).time()
}
