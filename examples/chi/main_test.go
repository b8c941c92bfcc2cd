package main

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func newManager(t *testing.T) *session.Manager {
	t.Helper()
	sessions, err := session.New(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sessions.Close() })
	return sessions
}

// get sends a request to a real server, with a jar, and takes the answer as it is on the wire.
func get(t *testing.T, client *http.Client, url, encoding string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", encoding)
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestVisitsAreCountedBehindChi(t *testing.T) {
	sessions := newManager(t)
	v, router := sessiontest.New(t, sessions), newRouter(sessions, nil)
	for _, want := range []string{"visit 1\n", "visit 2\n"} {
		rec := v.Do(router, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		if got := rec.Body.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEventsArriveOneByOne(t *testing.T) {
	for encoding, decode := range map[string]func(io.Reader) (io.Reader, error){
		"identity": func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip":     func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		t.Run(encoding, func(t *testing.T) {
			sessions := newManager(t)
			ticks := make(chan time.Time)
			server := httptest.NewServer(newRouter(sessions, ticks))
			defer server.Close()
			jar, _ := cookiejar.New(nil)
			client := &http.Client{Jar: jar}
			go func() { ticks <- noon }()
			stream := get(t, client, server.URL+"/clock", encoding)
			defer func() { _ = stream.Body.Close() }() // ends the handler
			if compressed := stream.Header.Get("Content-Encoding") == "gzip"; compressed != (encoding == "gzip") {
				t.Errorf("the stream's encoding is %q", stream.Header.Get("Content-Encoding"))
			}
			plain, err := decode(stream.Body)
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(plain)
			wantEvent(t, lines, "data: 12:00:00, clock 1\n")
			ticks <- noon.Add(time.Second) // sent when the first event has come: it was not held back
			wantEvent(t, lines, "data: 12:00:01, clock 1\n")
			wantStored(t, sessions, stream, "clocks", 1)
		})
	}
}

func wantEvent(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil || line != want {
		t.Fatalf("the event is %q, %v, want %q", line, err, want)
	}
	_, _ = r.ReadString('\n')
}

// wantStored checks what the cookie of a response, whose body has not ended yet, stands for.
func wantStored(t *testing.T, sessions *session.Manager, resp *http.Response, key string, want any) {
	t.Helper()
	v := sessiontest.New(t, sessions)
	v.Do(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range resp.Cookies() {
			http.SetCookie(w, c)
		}
	}), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	if got := v.Values()[key]; got != want {
		t.Errorf("%s is stored as %v, want %v", key, got, want)
	}
}
