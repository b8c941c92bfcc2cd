package redisstore_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

var discard = slog.New(slog.DiscardHandler)

// newKey returns a key that was never used.
func newKey() (key session.Key) {
	_, _ = rand.Read(key[:]) // never fails
	return key
}

// record returns a record never saved that expires in an hour.
func record(values string) session.Record {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return session.Record{Created: now, Seen: now, Expires: now.Add(time.Hour), User: "ada", Values: []byte(values)}
}

// save saves the record, which must be accepted, and makes it the stored one.
func save(tb testing.TB, s session.Store, key session.Key, rec *session.Record) {
	tb.Helper()
	if err := s.Save(tb.Context(), key, *rec); err != nil {
		tb.Fatal(err)
	}
	rec.Version++
}

// saved stores a new session.
func saved(tb testing.TB, s session.Store, values string) (session.Key, session.Record) {
	tb.Helper()
	key, rec := newKey(), record(values)
	save(tb, s, key, &rec)
	return key, rec
}

func remove(tb testing.TB, s session.Store, key session.Key) {
	tb.Helper()
	if err := s.Delete(tb.Context(), key, time.Now().Add(time.Hour)); err != nil {
		tb.Fatal(err)
	}
}

func wantValues(tb testing.TB, s session.Store, key session.Key, version uint64, values string) {
	tb.Helper()
	rec, err := s.Load(tb.Context(), key)
	if err != nil {
		tb.Error(err)
	} else if rec.Version != version || string(rec.Values) != values {
		tb.Errorf("the session is %q of version %d, want %q of version %d", rec.Values, rec.Version, values, version)
	}
}

func wantError(tb testing.TB, doing string, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Errorf("%s returned %v, want an error that wraps %q", doing, err, want)
	}
}

// wantsUser lists a user's sessions.
func wantsUser(tb testing.TB, s session.Lister, user string, want int) {
	tb.Helper()
	n := 0
	for _, err := range s.ListUser(tb.Context(), user) {
		if err != nil {
			tb.Fatal(err)
		}
		n++
	}
	if n != want {
		tb.Errorf("%s has %d sessions, want %d", user, n, want)
	}
}
