package houserules_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestQuickStartWorks does what docs/quickstart.md says, in an empty directory, with this tree in the place of the
// published module: the program is built, used, restarted and used again, and its test passes.
func TestQuickStartWorks(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/quickstart.md")
	if err != nil {
		t.Fatal(err)
	}
	program, files := fence.FindStringSubmatch(string(text)), namedFiles(string(text))
	if program == nil || len(files) != 1 {
		t.Fatal("docs/quickstart.md has no program, or no test")
	}
	addr := freeAddress(t)
	files["main.go"] = strings.ReplaceAll(program[1], "127.0.0.1:8000", addr)
	dir := newModule(t, ".", files)
	goCommand(t, dir, "vet", ".")
	goCommand(t, dir, "test", ".")
	goCommand(t, dir, "build", "-o", "shop", ".")

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	stop := startShop(t, dir, addr)
	shop(t, browser, addr, http.MethodGet, "/profile", `{"error":"Log in first"}`)
	shop(t, browser, addr, http.MethodPost, "/login", `{"message":"Login successful"}`)
	shop(t, browser, addr, http.MethodGet, "/profile", `{"user":"ada","visits":1}`)
	stop()
	stop = startShop(t, dir, addr)
	defer stop()
	shop(t, browser, addr, http.MethodGet, "/profile", `{"user":"ada","visits":2}`)
	shop(t, browser, addr, http.MethodPost, "/logout", `{"message":"Logout successful"}`)
	shop(t, browser, addr, http.MethodGet, "/profile", `{"error":"Log in first"}`)
}

// freeAddress returns an address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// startShop starts the program, waits until it listens, and returns what stops it.
func startShop(t *testing.T, dir, addr string) (stop func()) {
	t.Helper()
	ctx, kill := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "shop"))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SESSION_SECRET_KEY=60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), addr) { // it says where it listens
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		kill()
	}
}

// shop sends a request and checks the answer.
func shop(t *testing.T, browser *http.Client, addr, method, path, want string) {
	t.Helper()
	form := url.Values{"username": {"ada"}, "password": {"enchantress"}}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil || !json.Valid(got) || strings.TrimSpace(string(got)) != want {
		t.Errorf("%s %s is answered %d %s, want %s", method, path, resp.StatusCode, got, want)
	}
}
