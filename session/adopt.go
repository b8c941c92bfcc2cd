package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"
)

// An adoption is the session that stands for a credential of another system. Its ID follows from the credential, so that all
// requests that bring it find the same one, on every node, and none has to wait for another.
//
// Whoever has the credential can know the ID. That is no way in: tokens are signed, and the engine signs one for this ID
// only where the credential was verified, or where there is, or was, such a session.
type adoption struct {
	id   ID
	mark Key // under which the store remembers, as of a deleted session, since when the credential was taken over
	take func(*Session)
}

func newAdoption(name, credential string) *adoption {
	credential = oneText(credential)
	return &adoption{
		id:   sha256.Sum256([]byte("proapi adopted session\x00" + name + "\x00" + credential)),
		mark: sha256.Sum256([]byte("proapi adopted since\x00" + name + "\x00" + credential)),
	}
}

// oneText returns one text for all texts that a decoder of base64 which is not strict takes for the same: most cookies
// are base64, and one that is written differently must not count as another.
func oneText(credential string) string {
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
		if b, err := encoding.DecodeString(strings.TrimRight(credential, "=")); err == nil {
			return string(b)
		}
	}
	return credential
}

// takenSince returns since when the credential is taken over, the zero time where it is not.
func (a *adoption) takenSince(ctx context.Context, s Store) (time.Time, error) {
	_, err := s.Load(ctx, a.mark)
	var deleted *DeletedError
	switch {
	case errors.As(err, &deleted):
		return deleted.At, nil
	case errors.Is(err, ErrNotFound):
		return time.Time{}, nil
	}
	return time.Time{}, err
}

// known reports whether the session is there, or was and has ended.
func (a *adoption) known(ctx context.Context, s Store) (bool, error) {
	_, err := s.Load(ctx, a.id.key())
	var deleted *DeletedError
	switch {
	case err == nil, errors.As(err, &deleted):
		return true, nil
	case errors.Is(err, ErrNotFound):
		return false, nil
	}
	return false, err
}

type adoptionKey struct{}

// sign returns the request with a token for the session in the place of cookies of ours, which do not verify.
func (a *adoption) sign(m *Manager, r *http.Request) *http.Request {
	var cookies []string
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = trimSpace(pair); !strings.HasPrefix(pair, m.cookie.pair) {
				cookies = append(cookies, pair)
			}
		}
	}
	token := m.keys.newToken(a.id, m.clock.now())
	r = r.Clone(context.WithValue(r.Context(), adoptionKey{}, a))
	r.Header.Set("Cookie", strings.Join(append(cookies, m.cookie.pair+token), "; "))
	return r
}

// adopting has the first of the requests take over what the session is to have, and each of them answered with a token.
func adopting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := r.Context().Value(adoptionKey{}).(*adoption); ok {
			From(r.Context()).adopt(a.take)
		}
		next.ServeHTTP(w, r)
	})
}

// adopt fills a session that is new. It keeps its ID, whatever take sets: the other requests look for it under this one.
func (s *Session) adopt(take func(*Session)) {
	s.mu.Lock()
	s.resend = true // as for a token that a former secret signed: the client is to have another
	fill := s.load() == nil && s.was.version == 0 && !s.stale && s.hasToken && take != nil
	if fill {
		s.working().adopting = true
	}
	s.mu.Unlock()
	if !fill {
		return
	}
	take(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work.adopting = false
}

// recognizes reports whether the request brings a token of ours, expired or not, or, in a header, wants one.
func (m *Manager) recognizes(r *http.Request) bool {
	if _, has := m.options.headerToken(r.Header); has {
		return true
	}
	var values [maxCandidates]string
	n, _ := m.cookie.read(r.Header, &values)
	if n == 0 {
		return false
	}
	var t token
	_, err := m.pick(values[:n], m.clock.now(), &t)
	return err == nil || errors.Is(err, errTokenExpired)
}
