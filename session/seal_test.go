package session_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// A thief is a store whose records can be read and changed behind the engine's back.
type thief struct {
	session.Store

	records map[session.Key]session.Record // as saved last
	keys    []session.Key                  // in the order of their first save
	forged  map[session.Key]session.Record // what Load returns instead
}

func newThief(t *testing.T) *thief {
	t.Helper()
	return &thief{Store: newMemory(t), records: map[session.Key]session.Record{}, forged: map[session.Key]session.Record{}}
}

func (s *thief) Save(ctx context.Context, key session.Key, rec session.Record) error {
	err := s.Store.Save(ctx, key, rec)
	if err == nil {
		rec.Version++
		rec.Values = slices.Clone(rec.Values)
		s.records[key] = rec
		if !slices.Contains(s.keys, key) {
			s.keys = append(s.keys, key)
		}
	}
	return err
}

func (s *thief) Load(ctx context.Context, key session.Key) (session.Record, error) {
	if rec, ok := s.forged[key]; ok {
		return rec, nil
	}
	return s.Store.Load(ctx, key)
}

// newest returns the key that was saved last for the first time, and its record.
func (s *thief) newest() (session.Key, session.Record) {
	key := s.keys[len(s.keys)-1]
	return key, s.records[key]
}

func TestStoredValuesCannotBeRead(t *testing.T) {
	store := newThief(t)
	v := &visitor{m: newManager(t, store)}
	v.use(func(s *session.Session) { s.Set("diagnosis", "influenza"); s.Set("n", 42) })
	wantSeen(t, v, "diagnosis=influenza n=42")
	_, rec := store.newest()
	if bytes.Contains(rec.Values, []byte("diagnosis")) || bytes.Contains(rec.Values, []byte("influenza")) {
		t.Error("the stored values can be read")
	}
	open := newThief(t)
	v = &visitor{m: newManager(t, open, func(o *session.Options) { o.Encrypt = session.Off })}
	v.use(func(s *session.Session) { s.Set("diagnosis", "influenza") })
	if _, rec := open.newest(); !bytes.Contains(rec.Values, []byte("influenza")) {
		t.Error("with Encrypt off they are encrypted")
	}
}

func TestMemoryIsNotEncryptedAndFilesAre(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		v := &visitor{m: newManager(t, store)}
		v.use(func(s *session.Session) { s.Set("diagnosis", "influenza") })
		wantSeen(t, v, "diagnosis=influenza")
		other := &visitor{m: newManager(t, store, func(o *session.Options) { o.Encrypt = session.Off }), token: v.token}
		want := "diagnosis=influenza"
		if strings.HasSuffix(t.Name(), "file") {
			want = ""
		}
		wantSeen(t, other, want)
	})
}

// Somebody who can write to the store must not become somebody else by it.
func TestForgedRecordIsNobodys(t *testing.T) {
	for name, forge := range map[string]func(own, admins session.Record) session.Record{
		"another's record": func(_, admins session.Record) session.Record { return admins },
		"another's values": func(own, admins session.Record) session.Record { own.Values = admins.Values; return own },
		"another user":     func(own, _ session.Record) session.Record { own.User = "root"; return own },
		"no values":        func(own, _ session.Record) session.Record { own.User, own.Values = "root", nil; return own },
		"values in the clear": func(own, _ session.Record) session.Record {
			own.User, own.Values = "root", []byte("\x01")
			return own
		},
		"a longer life":     func(own, _ session.Record) session.Record { own.Expires = own.Expires.Add(time.Second); return own },
		"a later beginning": func(own, _ session.Record) session.Record { own.Created = own.Created.Add(time.Second); return own },
		"a later use":       func(own, _ session.Record) session.Record { own.Seen = own.Seen.Add(time.Second); return own },
		"another version":   func(own, _ session.Record) session.Record { own.Version++; return own },
		"a changed byte": func(own, _ session.Record) session.Record {
			own.Values = slices.Clone(own.Values)
			own.Values[len(own.Values)/2] ^= 1
			return own
		},
		"another key's name": func(own, _ session.Record) session.Record {
			own.Values = slices.Clone(own.Values)
			own.Values[1]++
			return own
		},
		"cut short": func(own, _ session.Record) session.Record { own.Values = own.Values[:20]; return own },
	} {
		t.Run(name, func(t *testing.T) {
			store := newThief(t)
			m := newManager(t, store)
			admin := login(m, "root")
			_, admins := store.newest()
			thief := login(m, "thief")
			key, own := store.newest()
			store.forged[key] = forge(own, admins)
			saved := store.records[key]
			wantUsers(t, "", thief)
			a := thief.use(func(s *session.Session) { s.Set("n", 1) })
			if a.set == nil {
				t.Error("the visitor is no new one")
			}
			if now := store.records[key]; now.Version != saved.Version || !bytes.Equal(now.Values, saved.Values) {
				t.Error("the record was not left as it was")
			}
			delete(store.forged, key)
			wantUsers(t, "root", admin)
		})
	}
}

// The change of a request whose record is exchanged between its load and its commit is not put onto the forged one.
func TestForgedRecordIsNotBuiltOn(t *testing.T) {
	store := newThief(t)
	m := newManager(t, store)
	v := login(m, "ann")
	key, rec := store.newest()
	a := v.use(func(s *session.Session) {
		s.Set("n", 1)
		v.with().use(func(s *session.Session) { s.Set("other", 1) })
		rec.User = "root"
		store.forged[key] = rec
	})
	wantStatus(t, a, 409)
	if strings.Contains(store.records[key].User, "root") {
		t.Error("the forged user was stored")
	}
}

func TestKeysRotateAndNobodyIsLoggedOut(t *testing.T) {
	const first, second = "the first encryption key, of 32 bytes", "the second encryption key, of 32 bytes"
	const newSecret = "another secret of thirty-two bytes, or more"
	steps := []struct {
		name   string
		change func(o *session.Options)
		ends   bool
	}{
		{name: "from the secret", change: func(*session.Options) {}},
		{name: "a new secret", change: func(o *session.Options) { o.SecretKey, o.OldSecretKeys = newSecret, []string{secret} }},
		{name: "the old one dropped", change: func(o *session.Options) { o.SecretKey = newSecret }},
		{name: "a key of its own", change: func(o *session.Options) { o.SecretKey, o.EncryptionKey = newSecret, first }},
		{name: "a new key", change: func(o *session.Options) {
			o.SecretKey, o.EncryptionKey, o.OldEncryptionKeys = newSecret, second, []string{first}
		}},
		{name: "the old key dropped", change: func(o *session.Options) { o.SecretKey, o.EncryptionKey = newSecret, second }},
		{name: "back to the secret's", change: func(o *session.Options) { o.SecretKey, o.OldEncryptionKeys = newSecret, []string{second} }},
		{name: "another key of its own", change: func(o *session.Options) {
			o.SecretKey, o.EncryptionKey = newSecret, "a key that nobody ever saw before"
		}},
		{name: "one too many dropped", change: func(o *session.Options) { o.SecretKey, o.EncryptionKey = secret, first }, ends: true},
	}
	store := newThief(t)
	v := &visitor{}
	for i, step := range steps {
		v.m = newManager(t, store, step.change)
		if i == 0 {
			v.use(func(s *session.Session) { s.Login("ann") })
		}
		a := v.use(func(s *session.Session) {
			if (s.UserID() == "ann") == step.ends {
				t.Errorf("%s: the user is %q", step.name, s.UserID())
			}
			increment(s, "n") // makes the record new
		})
		wantStatus(t, a, 200)
	}
}

func TestEncryptionKeysAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(o *session.Options)
		want   string
	}{
		"weak in production": {func(o *session.Options) { o.Env, o.EncryptionKey = session.Production, "short" }, "EncryptionKey has 5 bytes"},
		"placeholder":        {func(o *session.Options) { o.Env, o.EncryptionKey = session.Production, "change-me" }, "EncryptionKey is a placeholder"},
		"empty old key":      {func(o *session.Options) { o.OldEncryptionKeys = []string{""} }, "OldEncryptionKeys holds an empty key"},
		"itself":             {func(o *session.Options) { o.EncryptionKey, o.OldEncryptionKeys = "k", []string{"k"} }, "OldEncryptionKeys holds EncryptionKey itself"},
		"off":                {func(o *session.Options) { o.EncryptionKey, o.Encrypt = "k", session.Off }, "EncryptionKey is set and Encrypt is off"},
	} {
		o := session.Options{SecretKey: secret}
		c.change(&o)
		if _, err := session.New(o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error that says %q", name, err, c.want)
		}
	}
}

func TestTwoSealsOfTheSameValuesDiffer(t *testing.T) {
	store := newThief(t)
	v := &visitor{m: newManager(t, store)}
	seen := map[string]bool{}
	for i := range 50 {
		v.use(func(s *session.Session) { s.Set("n", i%2) })
		_, rec := store.newest()
		nonce := string(rec.Values[2:14])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
	}
}
