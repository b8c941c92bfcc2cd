package session_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// A log keeps lines of "LEVEL message key=value".
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func newLog() (*log, *slog.Logger) {
	l := &log{}
	return l, slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// take returns what was logged since it was called last.
func (l *log) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.buf.Reset()
	return l.buf.String()
}

// want checks that one line was logged, which begins with a level and holds all the words.
func (l *log) want(t *testing.T, level string, words ...string) {
	t.Helper()
	got := l.take()
	if level == "" && got != "" || level != "" && (strings.Count(got, "\n") != 1 || !strings.Contains(got, "level="+level)) {
		t.Errorf("the log is %q, want one line of level %q", got, level)
	}
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("the log is %q, which does not say %q", got, w)
		}
	}
}

func TestSecretsThatAreAcceptedAllTheSameAreWarnedOf(t *testing.T) {
	const openssl = "openssl rand -hex 32"
	for _, c := range []struct {
		name, level string
		change      func(*session.Options)
		words       []string
	}{
		{"none", "WARN", func(o *session.Options) { o.SecretKey = "" }, []string{"no SecretKey", openssl}},
		{"none in production", "WARN", func(o *session.Options) { o.SecretKey, o.Env = "", session.Production }, []string{"no SecretKey", openssl}},
		{"none in production, with files", "ERROR", func(o *session.Options) {
			o.SecretKey, o.Env, o.Backend = "", session.Production, "file"
			o.BackendOptions = session.BackendOptions{"directory": t.TempDir() + "/s"}
		}, []string{"no SecretKey", "restart", openssl}},
		{"none in production, with a store", "ERROR", func(o *session.Options) {
			o.SecretKey, o.Env, o.Store = "", session.Production, newMemory(t)
		}, []string{"no SecretKey", "restart", openssl}},
		{"placeholder", "WARN", func(o *session.Options) { o.SecretKey = "your-secret-key-here" }, []string{"placeholder", "production refuses", openssl}},
		{"short", "WARN", func(o *session.Options) { o.SecretKey = "fifteen letters" }, []string{"15 bytes", "production refuses", openssl}},
		{"passphrase", "WARN", func(o *session.Options) { o.SecretKey = "sixteen letters!" }, []string{"passphrase", openssl}},
		{"passphrase in production", "WARN", func(o *session.Options) { o.SecretKey, o.Env = "sixteen letters!", session.Production }, []string{"passphrase", openssl}},
		{"repetition", "WARN", func(o *session.Options) { o.SecretKey = strings.Repeat("x", 64) }, []string{"repeats itself", "production refuses", openssl}},
		{"sentence", "WARN", func(o *session.Options) { o.SecretKey = "it was the best of times, it was the worst" }, []string{"sentence", openssl}},
		{"random", "", func(o *session.Options) { o.SecretKey = strings.Repeat("70c6fb1a5e93d284", 4) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			log, logger := newLog()
			o := valid()
			o.Logger = logger
			c.change(&o)
			m, err := session.New(o)
			if err != nil {
				t.Fatal(err)
			}
			if o.SecretKey != "" && strings.Contains(log.buf.String(), o.SecretKey) {
				t.Error("the log holds the secret")
			}
			log.want(t, c.level, c.words...)
			v := &visitor{m: m}
			v.use(func(s *session.Session) { s.Set("n", 1) })
			wantSeen(t, v, "n=1")
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProcessesWithoutASecretDoNotReadEachOthersCookies(t *testing.T) {
	store := newMemory(t)
	none := func(o *session.Options) { o.SecretKey = "" }
	v := &visitor{m: newManager(t, store, none)}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	wantSeen(t, v, "n=1")
	wantSeen(t, &visitor{m: newManager(t, store, none), token: v.token}, "")
}

func TestACookieOfAnOldSecretIsSignedAnew(t *testing.T) {
	store := newMemory(t)
	const before = "the secret before, of thirty-two bytes"
	v := &visitor{m: newManager(t, store, func(o *session.Options) { o.SecretKey = before })}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	old := v.token
	v.m = newManager(t, store, func(o *session.Options) { o.OldSecretKeys = []string{before} })
	v.use(func(s *session.Session) { s.Has("n") })
	if v.token == old {
		t.Fatal("the cookie was not sent anew")
	}
	alone := newManager(t, store)
	wantSeen(t, &visitor{m: alone, token: v.token}, "n=1")
	wantSeen(t, &visitor{m: alone, token: old}, "")
}
