package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestVisitsAreCountedInEachSession(t *testing.T) {
	c, other := newClient(t), newClient(t)
	c.want(c.send("GET", "/", ""), 200, `{"user_id":null,"visits":1}`)
	c.want(c.send("GET", "/", ""), 200, `{"user_id":null,"visits":2}`)
	other.want(other.send("GET", "/", ""), 200, `{"user_id":null,"visits":1}`)
}

func TestSessionsSurviveARestart(t *testing.T) {
	directory := t.TempDir() + "/sessions"
	c := newClient(t)
	app := start(t, directory)
	c.app = app
	c.send("POST", "/login", adminLogin)
	c.want(c.send("GET", "/", ""), 200, `{"user_id":1,"visits":1}`)
	stop(t, app)

	c.app = start(t, directory)
	c.want(c.send("GET", "/", ""), 200, `{"user_id":1,"visits":2}`)
	c.want(c.send("GET", "/profile", ""), 200, `{"user_id":1,"username":"admin"}`)
}

func TestTamperedCookieIsANewVisitor(t *testing.T) {
	c := newClient(t)
	c.send("POST", "/login", adminLogin)
	for i := range c.Cookie("session").Value {
		value := []byte(c.Cookie("session").Value)
		value[i] ^= 1
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Cookie", "session="+string(value))
		rec := httptest.NewRecorder()
		c.app.ServeHTTP(rec, r)
		c.want(rec, 200, `{"user_id":null,"visits":1}`)
	}
	c.want(c.send("GET", "/", ""), 200, `{"user_id":1,"visits":1}`)
}

func TestLoginNeedsTheRightNameAndPassword(t *testing.T) {
	for _, body := range []string{
		`{"username":"admin","password":"passwor"}`,
		`{"username":"admin","password":"password "}`,
		`{"username":"Admin","password":"password"}`,
		`{"username":"","password":""}`,
		`{}`,
		"username=admin&password=guess",
	} {
		c := newClient(t)
		c.want(c.send("POST", "/login", body), 401, `{"error":"Invalid credentials"}`)
		c.want(c.send("GET", "/profile", ""), 302, "/login")
	}
}

func TestLoginRenewsAndKeepsTheSession(t *testing.T) {
	c := newClient(t)
	c.send("GET", "/", "")
	planted := c.thief()
	c.want(c.send("POST", "/login", adminLogin), 200, `{"message":"Login successful"}`)
	if c.Cookie("session").Value == planted.Cookie("session").Value {
		t.Error("the login kept the cookie")
	}
	c.want(c.send("GET", "/", ""), 200, `{"user_id":1,"visits":2}`)
	c.want(c.send("GET", "/profile", ""), 200, `{"user_id":1,"username":"admin"}`)
	planted.want(planted.send("GET", "/profile", ""), 302, "/login")
	planted.want(planted.send("GET", "/", ""), 200, `{"user_id":null,"visits":1}`)
}

func TestLoggedOutIsLoggedOut(t *testing.T) {
	c := newClient(t)
	c.send("POST", "/login", adminLogin)
	thief := c.thief()
	c.want(c.send("POST", "/logout", ""), 200, `{"message":"Logout successful"}`)
	if c.Cookie("session") != nil {
		t.Error("the logout left the cookie")
	}
	for range 2 {
		thief.want(thief.send("GET", "/profile", ""), 302, "/login")
	}
	c.want(c.send("GET", "/profile", ""), 302, "/login")
	c.want(c.send("GET", "/", ""), 200, `{"user_id":null,"visits":1}`)
}

func TestLinkLogsNobodyOut(t *testing.T) {
	c := newClient(t)
	c.send("POST", "/login", adminLogin)
	rec := c.send("GET", "/logout", "")
	c.want(rec, 405, `{"error":"Method Not Allowed"}`)
	if rec.Header().Get("Allow") != "POST" {
		t.Errorf("Allow is %q", rec.Header().Get("Allow"))
	}
	c.want(c.send("GET", "/profile", ""), 200, `{"user_id":1,"username":"admin"}`)
}

func TestLoginIsExplainedToPrograms(t *testing.T) {
	c := newClient(t)
	c.want(c.send("GET", "/login", ""), 200, `{"message":"POST a username and a password here"}`)
	if rec := c.send("POST", "/login", `{"username":`); rec.Code != 400 || !strings.Contains(rec.Body.String(), "line 1") {
		t.Errorf("a broken body is answered %d %s", rec.Code, rec.Body)
	}
}

func TestWhatItPrintsCanBeTried(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8000": "http://127.0.0.1:8000/login",
		":9000":          "http://localhost:9000/login",
		"[::]:9000":      "http://localhost:9000/login",
		"example.org:80": "http://example.org:80/login",
		"nonsense":       "http://nonsense/login",
	} {
		var out bytes.Buffer
		explain(&out, addr)
		if !strings.Contains(out.String(), want) {
			t.Errorf("for %s it prints\n%s", addr, &out)
		}
	}
}

func TestKeptSecretIsTheSameAtTheNextStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions.key")
	first, err := keptSecret(file)
	if err != nil || len(first) < 32 {
		t.Fatalf("a secret of %d bytes, %v", len(first), err)
	}
	if again, err := keptSecret(file); err != nil || again != first {
		t.Errorf("the next start has another secret, %v", err)
	}
	if other, _ := keptSecret(file + "2"); other == first {
		t.Error("another file has the same secret")
	}
}
