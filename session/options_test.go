package session_test

import (
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// valid returns options with which New has nothing to say.
func valid() session.Options {
	return session.Options{SecretKey: secret, Logger: slog.New(slog.DiscardHandler)}
}

// problems returns what New says is wrong.
func problems(t *testing.T, o session.Options) []string {
	t.Helper()
	m, err := session.New(o)
	if err == nil {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		return nil
	}
	if m != nil {
		t.Error("there are an error and a Manager")
	}
	return strings.Split(err.Error(), "\n")
}

// wrong is a mistake in the options: what is done, and the words that the error has besides the field's name.
type wrong struct {
	field  string
	change func(*session.Options)
	words  string
}

// wrongOptions are all mistakes that can be made at the same time.
func wrongOptions() []wrong {
	return []wrong{
		{"SecretKey", func(o *session.Options) {
			o.Env, o.Secure, o.SecretKey = session.Production, session.Off, "fifteen letters"
		}, "16|openssl rand -hex 32"},
		{"OldSecretKeys", func(o *session.Options) { o.OldSecretKeys = []string{""} }, "empty|remove"},
		{"MaxAge", func(o *session.Options) { o.MaxAge = -time.Second }, "-1s|or more"},
		{"IdleTimeout", func(o *session.Options) { o.IdleTimeout = -time.Second }, "-1s|or more"},
		{"StoreTimeout", func(o *session.Options) { o.StoreTimeout = -time.Second }, "-1s|or more"},
		{"MaxSize", func(o *session.Options) { o.MaxSize = -1 }, "-1|or more"},
		{"MaxWaiting", func(o *session.Options) { o.MaxWaiting = -1 }, "-1|or more"},
		{"CookieName", func(o *session.Options) { o.CookieName = "a b" }, `"a b"|letters`},
		{"CookiePath", func(o *session.Options) { o.CookiePath = "app" }, `"app"|begins with /`},
		{"CookieDomain", func(o *session.Options) { o.CookieDomain = "exa mple" }, `"exa mple"|example.com`},
		{"SameSite", func(o *session.Options) { o.SameSite = http.SameSiteNoneMode }, "Secure|On"},
		{"Partitioned", func(o *session.Options) { o.Partitioned = true }, "Secure|On"},
		{"Backend", func(o *session.Options) { o.Backend = "floppy" }, `"floppy"|file, memory`},
	}
}

func TestEveryWrongOptionIsNamedWithItsRemedy(t *testing.T) {
	for _, w := range append(wrongOptions(), []wrong{
		{"Env", func(o *session.Options) { o.Env = "prod" }, `"prod"|development, production, testing`},
		{"SecretKey", func(o *session.Options) { o.Env, o.SecretKey = session.Production, " Your-Secret-Key-Here\n" }, "placeholder|openssl"},
		{"SecretKey", func(o *session.Options) { o.Env, o.SecretKey = session.Production, strings.Repeat("ab", 32) }, "repeats itself|openssl"},
		{"OldSecretKeys", func(o *session.Options) { o.Env, o.OldSecretKeys = session.Production, []string{"changeme"} }, "placeholder|remove"},
		{"OldSecretKeys", func(o *session.Options) { o.OldSecretKeys = []string{"old", secret} }, "SecretKey itself|remove"},
		{"MaxAge", func(o *session.Options) { o.MaxAge = 999 * time.Millisecond }, "999ms|1s or more"},
		{"MaxAge", func(o *session.Options) { o.MaxAge, o.Rolling = -time.Second, true }, "-1s|or more"},
		{"MaxAge", func(o *session.Options) { o.MaxAge = 400*24*time.Hour + 1 }, "400 days|Rolling"},
		{"SeenInterval", func(o *session.Options) { o.SeenInterval, o.IdleTimeout = -1, time.Hour }, "IdleTimeout|set 0"},
		{"SeenInterval", func(o *session.Options) { o.SeenInterval, o.Rolling = -1, true }, "Rolling|set 0"},
		{"SeenInterval", func(o *session.Options) { o.SeenInterval, o.IdleTimeout = time.Hour, time.Hour }, "less than IdleTimeout"},
		{"SeenInterval", func(o *session.Options) { o.SeenInterval, o.Rolling = time.Hour, true }, "less than MaxAge"},
		{"CookieName", func(o *session.Options) { o.CookieName = "a;b" }, `"a;b"|letters`},
		{"CookieName", func(o *session.Options) { o.CookieName = "sitzung\u00e4" }, "letters"},
		{"CookieName", func(o *session.Options) { o.CookieName = "a=b" }, `"a=b"|letters`},
		{"CookiePath", func(o *session.Options) { o.CookiePath = "/a;Domain=evil.com" }, "semicolon"},
		{"CookiePath", func(o *session.Options) { o.CookiePath = "/a\r\nSet-Cookie: x=y" }, "control"},
		{"CookieDomain", func(o *session.Options) { o.CookieDomain = "example.com; Secure" }, "host name"},
		{"CookieDomain", func(o *session.Options) { o.CookieDomain = "." }, "host name"},
		{"SameSite", func(o *session.Options) { o.SameSite = http.SameSiteDefaultMode }, "SameSiteLaxMode"},
		{"SameSite", func(o *session.Options) { o.SameSite = 9 }, "SameSiteLaxMode"},
		{"SameSite", func(o *session.Options) {
			o.Env, o.SameSite, o.Secure = session.Production, http.SameSiteNoneMode, session.Off
		}, "Secure"},
		{"Secure", func(o *session.Options) { o.Secure = 9 }, "Auto, On, Off"},
		{"HTTPOnly", func(o *session.Options) { o.HTTPOnly = 9 }, "Auto, On, Off"},
		{"CookieOn", func(o *session.Options) { o.CookieOn = 9 }, "FirstResponse, FirstWrite"},
		{"Backend", func(o *session.Options) { o.Store, o.Backend = newMemory(t), "memory" }, "Store|one of them"},
		{"BackendOptions", func(o *session.Options) {
			o.Store, o.BackendOptions = newMemory(t), session.BackendOptions{"max_sessions": 1}
		}, "Store|goes with Backend"},
		{"nonsense", func(o *session.Options) { o.BackendOptions = session.BackendOptions{"nonsense": 1} }, "memory|max_"},
	}...) {
		o := valid()
		w.change(&o)
		got := problems(t, o)
		if len(got) != 1 {
			t.Errorf("%s %s: there are %d problems, want 1: %q", w.field, w.words, len(got), got)
			continue
		}
		for _, word := range append(strings.Split(w.words, "|"), "session: ", w.field) {
			if !strings.Contains(got[0], word) {
				t.Errorf("%s: the error %q does not say %q", w.field, got[0], word)
			}
		}
	}
}

func TestAllWrongOptionsAreReportedTogether(t *testing.T) {
	o := valid()
	all := wrongOptions()
	for _, w := range all {
		w.change(&o)
	}
	got := problems(t, o)
	if len(got) != len(all) {
		t.Errorf("%d options are wrong, and there are %d errors", len(all), len(got))
	}
	for _, w := range all {
		if !strings.Contains(strings.Join(got, "\n"), "session: "+w.field) {
			t.Errorf("nothing is said of %s", w.field)
		}
	}
}

func TestCookieNamePrefixesKeepWhatBrowsersAsk(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*session.Options)
		want   string // words of the errors, "" where there is none
	}{
		{"__Host-s", func(*session.Options) {}, ""},
		{"__Host-s", func(o *session.Options) { o.Secure = session.Off }, "Secure"},
		{"__Host-s", func(o *session.Options) { o.CookieDomain = "example.com" }, "CookieDomain"},
		{"__Host-s", func(o *session.Options) { o.CookiePath = "/app" }, "CookiePath"},
		{"__HOST-s", func(o *session.Options) { o.CookiePath = "/app" }, "CookiePath"},
		{"__host-s", func(o *session.Options) { o.Secure, o.CookiePath = session.Off, "/app" }, "Secure|CookiePath"},
		{"__Secure-s", func(o *session.Options) { o.CookieDomain, o.CookiePath = "example.com", "/app" }, ""},
		{"__secure-s", func(o *session.Options) { o.Secure = session.Off }, "Secure"},
		{"__Http-s", func(o *session.Options) { o.CookieDomain = "example.com" }, ""},
		{"__Http-s", func(o *session.Options) { o.HTTPOnly = session.Off }, "HTTPOnly"},
		{"__Http-s", func(o *session.Options) { o.Secure = session.Off }, "Secure"},
		{"__Host-Http-s", func(*session.Options) {}, ""},
		{"__Host-Http-s", func(o *session.Options) { o.HTTPOnly, o.CookiePath = session.Off, "/app" }, "HTTPOnly|CookiePath"},
		{"s__Host-", func(o *session.Options) { o.Secure, o.CookiePath = session.Off, "/app" }, ""},
	} {
		o := valid()
		o.Env, o.CookieName = session.Production, c.name
		c.change(&o)
		got := problems(t, o)
		want := strings.FieldsFunc(c.want, func(r rune) bool { return r == '|' })
		if len(got) != len(want) {
			t.Errorf("%s: the errors are %q, want %q", c.name, got, want)
		}
		for _, word := range append(want, c.name) {
			if len(want) > 0 && !strings.Contains(strings.Join(got, "\n"), word) {
				t.Errorf("%s: the errors %q do not say %q", c.name, got, word)
			}
		}
	}
}

func TestOptionsAtTheEdgesAreAccepted(t *testing.T) {
	for name, change := range map[string]func(*session.Options){
		"nothing at all":     func(o *session.Options) { *o = session.Options{Logger: o.Logger} },
		"production":         func(o *session.Options) { o.Env = session.Production },
		"testing":            func(o *session.Options) { o.Env = session.Testing },
		"sixteen bytes":      func(o *session.Options) { o.Env, o.SecretKey = session.Production, "sixteen letters!" },
		"old keys":           func(o *session.Options) { o.OldSecretKeys = []string{"x", strings.Repeat("y", 1000)} },
		"a second":           func(o *session.Options) { o.MaxAge = time.Second },
		"longest":            func(o *session.Options) { o.MaxAge = 400 * 24 * time.Hour },
		"idle, longer":       func(o *session.Options) { o.IdleTimeout = 100 * time.Hour },
		"never seen":         func(o *session.Options) { o.SeenInterval = -1 },
		"no grace":           func(o *session.Options) { o.Grace = -1 },
		"largest":            func(o *session.Options) { o.MaxSize = math.MaxInt },
		"smallest":           func(o *session.Options) { o.MaxSize = 1 },
		"all letters":        func(o *session.Options) { o.CookieName = "azAZ09!#$%&'*+-.^_`|~" },
		"a path with spaces": func(o *session.Options) { o.CookiePath = "/a b" },
		"an old domain":      func(o *session.Options) { o.CookieDomain = ".example.com" },
		"none and secure": func(o *session.Options) {
			o.SameSite, o.Secure, o.Partitioned = http.SameSiteNoneMode, session.On, true
		},
		"nothing renews":   func(o *session.Options) { o.RenewOn = []string{} },
		"rolling and idle": func(o *session.Options) { o.Rolling, o.IdleTimeout, o.SeenInterval = true, time.Minute, time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			o := valid()
			change(&o)
			m, err := session.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}()
			v := &visitor{m: m}
			wantStatus(t, v.use(func(s *session.Session) { s.Set("", nil) }), http.StatusInternalServerError)
		})
	}
}

func TestAnyMaxAgeThatIsAcceptedWorks(t *testing.T) {
	for _, age := range []time.Duration{time.Second, 400 * 24 * time.Hour, 401 * 24 * time.Hour, math.MaxInt64 - time.Hour, math.MaxInt64 - time.Minute, math.MaxInt64} {
		o := valid()
		o.MaxAge = age
		m, err := session.New(o)
		if err != nil {
			if !strings.Contains(err.Error(), "MaxAge") {
				t.Errorf("the error of %s is %v", age, err)
			}
			continue
		}
		v := &visitor{m: m}
		v.use(func(s *session.Session) { s.Set("n", 1) })
		if got := v.sees(); got != "n=1" {
			t.Errorf("with a MaxAge of %s the next request finds %q", age, got)
		}
		old := v.with()
		v.use((*session.Session).Logout)
		if got := old.sees(); got != "" {
			t.Errorf("with a MaxAge of %s a logged-out session holds %q", age, got)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDefaultsAreAsDocumented(t *testing.T) {
	later(t, func(t *testing.T) {
		store := storetest.NewFaulty(newMemory(t))
		v := &visitor{m: newManager(t, store, func(o *session.Options) { o.StoreTimeout = 0 })}
		a := v.use(func(s *session.Session) {
			s.Set("n", 1)
			if got := s.ExpiresAt().Sub(s.CreatedAt()); got != time.Hour {
				t.Errorf("the session lasts %s", got)
			}
		})
		wantSetCookie(t, a, session.DefaultCookieName+"=*; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")
		if session.DefaultCookieName != "session" || session.DefaultBackend != "memory" ||
			session.DefaultMaxAge != time.Hour || session.DefaultStoreTimeout != 2*time.Second {
			t.Error("the constants are others")
		}
		saves := store.Calls(storetest.Save)
		pass(session.DefaultSeenInterval - time.Millisecond)
		v.sees()
		if got := store.Calls(storetest.Save) - saves; got != 0 {
			t.Errorf("reading saved %d times within a minute", got)
		}
		pass(time.Millisecond)
		v.sees()
		if got := store.Calls(storetest.Save) - saves; got != 1 {
			t.Errorf("reading saved %d times after a minute, want once", got)
		}
		release := store.Hold(storetest.Load)
		begun := time.Now()
		wantStatus(t, v.use(func(s *session.Session) { s.Has("n") }), http.StatusServiceUnavailable)
		release()
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("a store that does not answer was waited for %s", took)
		}
		old := v.with()
		v.use((*session.Session).Logout)
		pass(session.DefaultGrace - time.Millisecond)
		wantNoCookie(t, old.with().use(func(s *session.Session) { s.Has("n") }))
		pass(time.Millisecond)
		if old.with().use(func(s *session.Session) { s.Has("n") }).set == nil {
			t.Error("half a minute after a logout the old token is still taken for a late one")
		}
		big := v.use(func(s *session.Session) { s.Set("big", make([]byte, session.DefaultMaxSize)) })
		wantStatus(t, big, http.StatusInternalServerError)
		wantStatus(t, v.use(func(s *session.Session) { s.Set("big", make([]byte, 64<<10-100)) }), http.StatusOK)
	})
}
