package attacktest_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/storetest"
)

// forms are those in which a token, or the ID in it, might leak.
func forms(token string) []string {
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	id := string(raw[6:38])
	return []string{
		token, id, hex.EncodeToString([]byte(id)), strings.ToUpper(hex.EncodeToString([]byte(id))), base64.StdEncoding.EncodeToString([]byte(id)),
		base64.RawURLEncoding.EncodeToString([]byte(id)), fmt.Sprintf("%d", raw[6:38]), strings.Trim(fmt.Sprintf("%q", id), `"`), token[8:40],
	}
}

// The attacker reads the log, at debug level, of a site on which everything goes wrong that can. No token, ID, user or value
// is in it.
func TestLogLeaksNothing(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t, memstore.Options{}))
	s := newSite(t, store.Whole(), func(o *session.Options) { o.MaxSessionsPerUser, o.MaxSize = 1, 2000 })
	var tokens []string
	c := s.client(t, "")
	send := func(method, path string) {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", "session="+c.token)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			_ = res.Body.Close()
		}
	}
	step := func(method, path string) { c.send(method, path); tokens = append(tokens, c.token) }
	step("GET", "/")
	step("POST", "/cart?item=value-of-ann")
	step("POST", "/signin?user=ann@example.com")
	step("POST", "/login?user=ann@example.com")
	step("POST", "/cart?item="+strings.Repeat("value-of-ann", 400)) // too large
	send("GET", "/panic")
	for _, op := range []storetest.Op{storetest.Load, storetest.Save, storetest.Delete} {
		store.Fail(op, errors.New("down"))
		send("POST", "/cart?item=value-of-ann")
		send("POST", "/signout")
		store.Heal()
	}
	step("POST", "/signin?user=ann@example.com")
	other := s.client(t, "")
	other.send("POST", "/signin?user=ann@example.com") // ends the first
	step("POST", "/cart?item=value-of-ann")
	for _, guess := range wrong(other.token)[:20] {
		s.sees(t, guess)
	}
	s.client(t, "").send("GET", "/me", "Cookie", "session="+other.token+"; session="+c.token, "User-Agent", "\u009b31m")
	if _, err := s.sessions.RevokeUser(t.Context(), "ann@example.com"); err != nil {
		t.Error(err)
	}
	logged := s.log.String()
	for _, word := range []string{"session_login", "session_rejected", "session_revoked", "store unavailable", "panic serving", "[redacted]"} {
		if !strings.Contains(logged, word) {
			t.Errorf("the log does not say %q, so not everything went wrong", word)
		}
	}
	for _, token := range append(tokens, other.token) {
		for _, form := range forms(token) {
			if strings.Contains(logged, form) {
				t.Errorf("the log holds a token, or its ID: %q", form)
			}
		}
	}
	for _, secret := range []string{"ann@example.com", "value-of-ann", "7a0f3c95e1d24b68a5c7f90b3e6d1824", "\u009b"} {
		if strings.Contains(logged, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// The attacker sends what is logged as a warning as fast as he can. The log gets some lines a second of it.
func TestLogCannotBeFilled(t *testing.T) {
	s := newSite(t, newMemory(t, memstore.Options{}))
	a, b := s.client(t, ""), s.client(t, "")
	a.send("GET", "/")
	b.send("GET", "/")
	const requests = 500
	for range requests {
		s.client(t, "").send("GET", "/", "Cookie", "session="+a.token+"; session="+b.token)
	}
	lines := s.log.String()
	if n := strings.Count(lines, "level=WARN"); n < 1 || n > requests/3 {
		t.Errorf("%d warnings for %d requests", n, requests)
	}
	if n := s.sessions.Stats().Rejected["ambiguous"]; n != requests {
		t.Errorf("%d are counted, want %d", n, requests)
	}
}
