package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

const secret = "9f8a1c3e5b7d90264ac1b0d7e4f85920c7a3e16d5b984f02817c6d3e9a0b5f41"

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

// A shop is an application with sessions in a store that the command line is pointed to.
type shop struct {
	t   *testing.T
	url string
	m   *session.Manager
}

// eachShop runs a test on every backend that a command line can reach.
func eachShop(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	for name, place := range map[string]func(t *testing.T) string{
		"file":     func(t *testing.T) string { return "file:" + t.TempDir() + "/sessions" },
		"redis":    func(t *testing.T) string { return "redis://" + testredis.Start(t).Addr() },
		"postgres": func(t *testing.T) string { return testpostgres.Database(t) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t, place(t))) })
	}
}

func open(t *testing.T, url string) *shop {
	t.Helper()
	t.Setenv("PROAPI_SESSION_SECRET_KEY", secret)
	store, err := session.OpenURL(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.New(session.Options{SecretKey: secret, Store: store, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := closeStore(store); err != nil {
			t.Error(err)
		}
	})
	return &shop{t, url, m}
}

// visitor returns one that has logged in, unless the user is "", and has a value.
func (s *shop) visitor(user string) *sessiontest.Visitor {
	s.t.Helper()
	v := sessiontest.New(s.t, s.m)
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/", http.NoBody)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	v.Do(s.m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if user != "" {
			session.From(r.Context()).Login(user)
		}
		session.From(r.Context()).Set("theme", "dark")
	})), r)
	return v
}

// want checks what a command line prints and how it ends.
func (s *shop) want(code int, args ...string) (out string) {
	s.t.Helper()
	return want(s.t, code, "", append([]string{"sessions", "--store", s.url}, args...)...)
}

func want(t *testing.T, code int, answer string, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	if got := run(t.Context(), args, strings.NewReader(answer), &out, &errOut); got != code {
		t.Errorf("proapi %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &errOut)
	}
	return out.String() + errOut.String()
}

// objects reads a JSON object from each line.
func objects(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%q is no JSON: %v", line, err)
		}
		all = append(all, o)
	}
	return all
}

func wantText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}
