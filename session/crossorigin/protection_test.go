package crossorigin_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/crossorigin"
)

// serve returns the answer of a protected handler that says "handled".
func serve(p *crossorigin.Protection, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "handled") })).ServeHTTP(w, r)
	return w
}

func TestRefusedIsToldWhatAndWhyAndWhichOptionWouldHelp(t *testing.T) {
	p := newProtection(t, crossorigin.Options{Logger: slog.New(slog.DiscardHandler)})
	w := serve(p, request("POST", "/", "Sec-Fetch-Site", "cross-site"))
	for _, want := range []string{"POST request", "Sec-Fetch-Site is cross-site", "TrustedOrigins", "Bypass"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the answer lacks %q: %s", want, w.Body)
		}
	}
	if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "handled") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	if w := serve(p, request("POST", "/")); w.Code != http.StatusOK || w.Body.String() != "handled" || w.Header().Get("Cache-Control") != "" {
		t.Errorf("what passes got %d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestAnswerAndErrorHoldNothingOfTheRequest(t *testing.T) {
	const planted = "PLANTED"
	p := newProtection(t, crossorigin.Options{Logger: slog.New(slog.DiscardHandler)})
	for _, header := range []string{"Sec-Fetch-Site", "Origin"} {
		r := request("POST", "/"+planted, header, "https://"+planted, "Cookie", planted, "Referer", planted)
		r.Method, r.Host = planted, planted+".example"
		if w := serve(p, r); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), planted) {
			t.Errorf("%s: got %d %s", header, w.Code, w.Body)
		}
		if err := p.Check(r); err != nil && strings.Contains(err.Error(), planted) {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func TestRefusalIsLoggedWithItsOriginQuotedAndCut(t *testing.T) {
	var log bytes.Buffer
	p := newProtection(t, crossorigin.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	r := request("POST", "/reset/SECRET?t=SECRET", "Origin", "https://evil.example\x1b[2J\n"+strings.Repeat("x", 5000), "Cookie", "SECRET",
		"Authorization", "SECRET")
	r.Host = "ours\x00\u202e"
	serve(p, r)
	line := log.String()
	for _, want := range []string{`"level":"WARN"`, `POST request`, `https://evil.example\\x1b[2J\\n`, `ours\\x00\\u202e`, "Origin does not name"} {
		if !strings.Contains(line, want) {
			t.Errorf("the log lacks %q: %s", want, line)
		}
	}
	if strings.Contains(line, "SECRET") || len(line) > 800 {
		t.Errorf("the log has too much, %d bytes: %s", len(line), line)
	}
	log.Reset()
	if serve(p, request("POST", "/")); log.Len() > 0 {
		t.Errorf("what passes is logged: %s", &log)
	}
}

func TestZeroProtectionLogsToTheDefault(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	var p crossorigin.Protection
	if w := serve(&p, request("POST", "/", "Sec-Fetch-Site", "cross-site")); w.Code != http.StatusForbidden {
		t.Errorf("got %d", w.Code)
	}
	if !strings.Contains(log.String(), "request refused") {
		t.Errorf("the log is %q", &log)
	}
}

func TestDenyAnswersInsteadAndIsToldWhy(t *testing.T) {
	p := newProtection(t, crossorigin.Options{
		Logger: slog.New(slog.DiscardHandler),
		Deny: func(w http.ResponseWriter, r *http.Request, refused *crossorigin.RefusedError) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprint(w, r.URL.Path, " ", refused)
		},
	})
	w := serve(p, request("GET", "/live", append(upgrade, "Sec-Fetch-Site", "same-site")...))
	if w.Code != http.StatusTeapot || !strings.HasPrefix(w.Body.String(), "/live crossorigin: WebSocket upgrade refused: ") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

func TestNewSaysEverythingThatIsWrong(t *testing.T) {
	origins := map[string]string{
		"app.example.com":             `such as "https://app.example.com"`,
		"null":                        `such as "https://app.example.com"`,
		"":                            `such as "https://app.example.com"`,
		"https://":                    `such as "https://app.example.com"`,
		"https://a b":                 `such as "https://app.example.com"`,
		"*":                           "no wildcards",
		"https://*.example.com":       "no wildcards",
		"wss://app.example.com":       "http or https",
		"https://bücher.example":      "xn--",
		"https://app.example.com/":    `sends "https://app.example.com"`,
		"https://app.example.com/a?b": `sends "https://app.example.com"`,
		"https://b.example?":          `sends "https://b.example"`,
		"https://App.example.com":     `sends "https://app.example.com"`,
		"HTTPS://c.example":           `sends "https://c.example"`,
		"https://d.example:443":       `sends "https://d.example"`,
		"http://e.example:80":         `sends "http://e.example"`,
		"http://f.example:":           `sends "http://f.example"`,
	}
	patterns := map[string]string{
		"hooks":         `bypass pattern "hooks"`,
		"POST  x/{":     `bypass pattern "POST  x/{"`,
		"":              `bypass pattern ""`,
		"GET /a/{x}/{x": `bypass pattern "GET /a/{x}/{x"`,
	}
	options := crossorigin.Options{Bypass: []string{"/twice", "/twice"}}
	for origin := range origins {
		options.TrustedOrigins = append(options.TrustedOrigins, origin)
	}
	for pattern := range patterns {
		options.Bypass = append(options.Bypass, pattern)
	}
	p, err := crossorigin.New(options)
	if p != nil || err == nil {
		t.Fatalf("got %v, %v", p, err)
	}
	lines := strings.Split(err.Error(), "\n")
	hasLine := func(parts ...string) bool {
		for _, line := range lines {
			all := strings.HasPrefix(line, "crossorigin: ")
			for _, part := range parts {
				all = all && strings.Contains(line, part)
			}
			if all {
				return true
			}
		}
		return false
	}
	for origin, want := range origins {
		if !hasLine(fmt.Sprintf("trusted origin %q: ", origin), want) {
			t.Errorf("no line has %q and %q:\n%v", origin, want, err)
		}
	}
	for _, want := range patterns {
		if !hasLine(want) {
			t.Errorf("no line has %s:\n%v", want, err)
		}
	}
	if !hasLine(`bypass pattern "/twice"`, "conflicts") {
		t.Errorf("a pattern that is there twice is not reported:\n%v", err)
	}
}

func TestErrorShowsNoPassword(t *testing.T) {
	for _, origin := range []string{"https://root:hunter2@example.com", "https://root:hunter2@%zz", "root:hunter2@example.com"} {
		_, err := crossorigin.New(crossorigin.Options{TrustedOrigins: []string{origin}})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}

func TestTrustedOriginsOfManyKinds(t *testing.T) {
	origins := []string{
		"https://app.example.net", "http://localhost:5173", "https://[2001:db8::1]:8443", "http://[::1]", "https://xn--bcher-kva.example",
		"https://a.example:80", "capacitor://localhost", "chrome-extension://abcdefghijklmnop",
	}
	p := newProtection(t, crossorigin.Options{TrustedOrigins: origins})
	for _, origin := range origins {
		for _, header := range [][]string{nil, upgrade} {
			if err := p.Check(request("POST", "/", append(header, "Origin", origin, "Sec-Fetch-Site", "cross-site")...)); err != nil {
				t.Errorf("%s: %v", origin, err)
			}
		}
	}
}

// TestPassingCostsNothing: what is checked before every request should not be felt.
func TestPassingCostsNothing(t *testing.T) {
	p := newProtection(t, crossorigin.Options{TrustedOrigins: []string{trusted}, Bypass: []string{"/hooks/"}})
	for _, r := range []*http.Request{request("GET", "/"), request("POST", "/", "Sec-Fetch-Site", "same-origin")} {
		if n := testing.AllocsPerRun(100, func() { _ = p.Check(r) }); n > 0 {
			t.Errorf("%s: %v allocations", r.Method, n)
		}
	}
}

func Example() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /transfer", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "sent") })
	protection, err := crossorigin.New(crossorigin.Options{
		TrustedOrigins: []string{"https://app.example.com"},
		Bypass:         []string{"POST /webhooks/{name}"},
		Logger:         slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	handler := protection.Handler(mux)
	for _, origin := range []string{"https://app.example.com", "https://evil.example"} {
		r := httptest.NewRequest(http.MethodPost, "/transfer", http.NoBody) //nolint:noctx // nothing waits
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		_, _ = fmt.Fprintln(os.Stdout, origin, w.Code)
	}
	// Output:
	// https://app.example.com 200
	// https://evil.example 403
}

func ExampleProtection_Check() {
	var protection crossorigin.Protection
	r := httptest.NewRequest(http.MethodPost, "/login", http.NoBody) //nolint:noctx // nothing waits
	r.Header.Set("Origin", "https://evil.example")
	refusal, refused := errors.AsType[*crossorigin.RefusedError](protection.Check(r))
	_, _ = fmt.Fprintln(os.Stdout, refused, refusal.What)
	// Output: true POST request
}
