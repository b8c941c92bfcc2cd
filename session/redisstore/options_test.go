package redisstore_test

import (
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/faultproxy"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

const nowhere = "redis://ada:rather-secret@127.0.0.1:1/2"

func TestWrongOptionsSayWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	noPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		options session.BackendOptions
		want    []string
	}{
		"no url":               {session.BackendOptions{}, []string{`"url" is missing`, "redis://user:password@host:6379/0", "unix://"}},
		"another's url":        {session.BackendOptions{"url": "postgres://:rather-secret@h"}, []string{"not Redis's", "redis://"}},
		"an address alone":     {session.BackendOptions{"url": "secret.example.com:6379"}, []string{"not Redis's"}},
		"no host":              {session.BackendOptions{"url": "redis:///1"}, []string{"no host"}},
		"an unquoted secret":   {session.BackendOptions{"url": "redis://ada:rather/secret-rather-secret@h/0"}, []string{"cannot be read", "%2F", "addr="}},
		"hosts with commas":    {session.BackendOptions{"url": "redis://secret-h1,secret-h2/0"}, []string{"addr=host2:6379"}},
		"a wrong other host":   {session.BackendOptions{"url": "redis://h?addr=secret@h2"}, []string{"host that cannot be read"}},
		"a wrong query":        {session.BackendOptions{"url": "redis://h?db=%zz-secret"}, []string{"parameters that cannot be read"}},
		"an unknown parameter": {session.BackendOptions{"url": "redis://h?secret=1"}, []string{"unknown", "master_set"}},
		"a named database":     {session.BackendOptions{"url": "redis://h/secret"}, []string{"database that is no number"}},
		"a negative database":  {session.BackendOptions{"url": "unix:///s?db=-1"}, []string{"database that is no number"}},
		"a socket on a host":   {session.BackendOptions{"url": "unix://run/redis.sock"}, []string{"unix:///run/redis.sock"}},
		"files without TLS":    {session.BackendOptions{"url": nowhere, "ca_file": noPEM}, []string{"rediss://"}},
		"no PEM":               {session.BackendOptions{"url": "rediss://h", "ca_file": noPEM}, []string{`"ca_file"`, "PEM"}},
		"no file":              {session.BackendOptions{"url": "rediss://h", "ca_file": noPEM + "-absent", "cert_file": noPEM}, []string{`"ca_file"`, `"key_file"`, "no such file"}},
		"a wrong prefix":       {session.BackendOptions{"url": nowhere, "prefix": "{a}*"}, []string{"Prefix", "letters"}},
		"a short timeout":      {session.BackendOptions{"url": nowhere, "timeout": "1ms"}, []string{"Timeout", "10ms"}},
		"a long wait":          {session.BackendOptions{"url": nowhere, "wait_replicas": 1, "wait_timeout": "2s"}, []string{"WaitTimeout", "less than Timeout"}},
		"an unknown option":    {session.BackendOptions{"url": nowhere, "colour": 1}, []string{`"colour" is unknown`, "wait_timeout"}},
		"several": {
			session.BackendOptions{"timeout": "1ms", "prefix": "*", "wait_replicas": -1},
			[]string{`"url" is missing`, `"wait_replicas"`, "Prefix", "Timeout"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := redisstore.Open(c.options, nil)
			if err == nil || s != nil {
				t.Fatalf("Open returned %v and %v", s, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %s", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q tells the password", err)
			}
		})
	}
}

func TestNewRefusesNoClientAndWrongOptions(t *testing.T) {
	t.Parallel()
	_, err := redisstore.New(nil, redisstore.Options{Prefix: "*", WaitReplicas: -1})
	if err == nil || !strings.Contains(err.Error(), "client is nil") || !strings.Contains(err.Error(), "Prefix") || !strings.Contains(err.Error(), "WaitReplicas") {
		t.Errorf("New returned %v, want every mistake", err)
	}
}

func TestOpenFailsWhereTheServerSaysNo(t *testing.T) {
	t.Parallel()
	locked := testredis.Start(t, "--requirepass", "right-secret")
	g := testredis.Start(t)
	tls, cert, _ := testredis.StartTLS(t)
	proxy := faultproxy.New(t, "tcp", tls.Addr())
	for name, c := range map[string]struct {
		options session.BackendOptions
		want    string
	}{
		"a wrong password":       {session.BackendOptions{"url": "redis://:wrong-secret@" + locked.Addr()}, "WRONGPASS"},
		"no password":            {session.BackendOptions{"url": "redis://" + locked.Addr()}, "NOAUTH"},
		"a database too high":    {session.BackendOptions{"url": "redis://" + g.Addr() + "/99"}, "DB index"},
		"an unknown certificate": {session.BackendOptions{"url": "rediss://" + tls.Addr()}, "certificate"},
		"another host's name": {
			session.BackendOptions{"url": "rediss://localhost:" + portOf(t, proxy.Addr()), "ca_file": cert}, "certificate",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.options["timeout"] = "30s" // a server that is slow is not there yet, and no error
			s, err := redisstore.Open(c.options, discard)
			if err == nil {
				t.Fatal("Open succeeded", s.(*redisstore.Store).Close())
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("Open returned %v, want %s and no password", err, c.want)
			}
		})
	}
}

func portOf(tb testing.TB, address string) string {
	tb.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

func TestSentinelsThatDoNotKnowTheName(t *testing.T) {
	t.Parallel()
	url := strings.Replace(testredis.StartGuarded(t).URL(), "master_set=", "master_set=other-", 1)
	_, err := redisstore.Open(session.BackendOptions{"url": url}, discard)
	if err == nil || !strings.Contains(err.Error(), "master_set") {
		t.Errorf("Open returned %v, want that the name is unknown", err)
	}
}

func TestServerMayComeAfterTheStore(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	server.Stop(t)
	var log strings.Builder
	s, err := redisstore.Open(session.BackendOptions{"url": "redis://ada:rather-secret@" + server.Addr(), "timeout": limit},
		slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ours := s.(*redisstore.Store)
	closeLater(t, ours)
	if !strings.Contains(log.String(), "not there yet") || strings.Contains(log.String(), "secret") {
		t.Errorf("the log says %q, want that the server is not there, and no password", &log)
	}
	wantFailures(t, ours, newKey(), record("x"))
	server.Restart(t, "--user", "ada", "on", ">rather-secret", "~*", "&*", "+@all")
	works(t, ours)
}

// What the package's documentation lists is all that a user has to be allowed.
func TestUserWithTheRightsThatAreNeeded(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t, append([]string{"--user"}, strings.Fields(redisstore.DocumentedUser(t))...)...)
	s := opened(t, session.BackendOptions{"url": "redis://shop:secret@" + server.Addr(), "prefix": "shop:"})
	key, rec := saved(t, s, "x")
	save(t, s, key, &rec)
	wantValues(t, s, key, 2, "x")
	wantsUser(t, s, "ada", 1)
	n := 0
	for _, err := range s.List(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("List yields %d sessions, want 1", n)
	}
	w := watch(t, s)
	remove(t, s, key)
	w.hears(t, key)
	other := opened(t, session.BackendOptions{"url": "redis://shop:secret@" + server.Addr(), "prefix": "other:"})
	if err := other.Save(t.Context(), key, record("x")); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("Save under another prefix returned %v, want that it is not allowed", err)
	}
}

func TestTLSWithCertificatesOfOurs(t *testing.T) {
	t.Parallel()
	server, cert, key := testredis.StartTLS(t)
	s := opened(t, session.BackendOptions{"url": "rediss://" + server.Addr(), "ca_file": cert, "cert_file": cert, "key_file": key})
	k, _ := saved(t, s, "x")
	wantValues(t, s, k, 1, "x")
}

func TestBackendIsKnownByItsName(t *testing.T) {
	t.Parallel()
	m, err := session.New(session.Options{
		SecretKey: secret, Backend: "redis", Logger: discard,
		BackendOptions: session.BackendOptions{"url": "valkey://" + testredis.Start(t).Addr(), "timeout": "1s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{m: m}
	v.use(t, func(s *session.Session) { s.Set("n", 1) })
	wantN(t, v, 1)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestOptionsMayStandInTheURL(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	opener, err := session.OpenURL("redis://"+server.Addr()+"/0?prefix=shop:&timeout=30s", discard)
	if err != nil {
		t.Fatal(err)
	}
	s := opener.(*redisstore.Store)
	closeLater(t, s)
	key, _ := saved(t, s, "x")
	if name := redisstore.KeyName(s, key); !strings.HasPrefix(name, "shop:") || server.Do(t, "EXISTS", name) != "1" {
		t.Error("the session is not stored under the prefix in the url")
	}
	_, err = session.OpenURL("redis://"+server.Addr()+"?timeout=1ms", discard)
	if err == nil || !strings.Contains(err.Error(), "Timeout is 1ms") {
		t.Errorf("a wrong option in the url: got %v", err)
	}
}

func TestClientOfTheCallersStaysOpen(t *testing.T) {
	t.Parallel()
	client := connect(t, testredis.Start(t))
	s := built(t, client, redisstore.Options{})
	key, rec := saved(t, s, "x")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := client.Do(t.Context(), client.B().Ping().Build()).Error(); err != nil {
		t.Error(err)
	}
	wantClosed(t, s, key, rec)
}

func TestConnectionsOfOursAreClosed(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantClosed(t, s, key, rec)
	testredis.Eventually(t, "no connection is left", func() bool {
		return !strings.Contains(server.Do(t, "CLIENT", "LIST"), "name=proapi")
	})
}

// wantClosed calls every method of a store that was closed.
func wantClosed(t *testing.T, s *redisstore.Store, key session.Key, rec session.Record) {
	t.Helper()
	_, err := s.Load(t.Context(), key)
	wantError(t, "Load", err, fs.ErrClosed)
	wantError(t, "Save", s.Save(t.Context(), key, rec), fs.ErrClosed)
	wantError(t, "Import", s.Import(t.Context(), key, rec), fs.ErrClosed)
	wantError(t, "Delete", s.Delete(t.Context(), key, time.Now()), fs.ErrClosed)
	wantError(t, "Watch", s.Watch(t.Context(), func() {}, func(session.Key) {}), fs.ErrClosed)
	for _, err := range s.List(t.Context()) {
		wantError(t, "List", err, fs.ErrClosed)
	}
	for _, err := range s.ListUser(t.Context(), "ada") {
		wantError(t, "ListUser", err, fs.ErrClosed)
	}
}
