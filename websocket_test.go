package proapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// TestWebSocketsAreOpenedByOwnPagesAlone opens them over a real connection, which the handler takes over.
func TestWebSocketsAreOpenedByOwnPagesAlone(t *testing.T) {
	for _, sessions := range []bool{true, false} {
		options := withSessions(session.Options{})
		options.EnableSessions = sessions
		options.TrustedOrigins = []string{"https://app.example.net"}
		app, _ := newApp(t, options)
		app.Handle("GET /live", http.HandlerFunc(echoLine))
		server := httptest.NewServer(app)
		t.Cleanup(server.Close)
		host := server.Listener.Addr().String()
		for name, test := range map[string]struct {
			header string
			opens  bool
		}{
			"own page":                       {"Sec-Fetch-Site: same-origin\r\nOrigin: http://" + host, true},
			"own page, no fetch metadata":    {"Origin: http://" + host, true},
			"trusted site":                   {"Sec-Fetch-Site: cross-site\r\nOrigin: https://app.example.net", true},
			"program":                        {"X-Program: 1", true},
			"other site":                     {"Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example", false},
			"other site, no fetch metadata":  {"Origin: https://evil.example", false},
			"sibling, no fetch metadata":     {"Origin: http://" + strings.Split(host, ":")[0], false},
			"page in a sandbox":              {"Origin: null", false},
			"other site, its cookie with it": {"Origin: https://evil.example\r\nCookie: session=x", false},
		} {
			status, answer := openWebSocket(t, host, test.header)
			if opened := status == http.StatusSwitchingProtocols; opened != test.opens || opened && answer != "echo hello\n" {
				t.Errorf("sessions %v, %s: got %d %s", sessions, name, status, answer)
			}
			if !test.opens && (status != http.StatusForbidden || !strings.Contains(answer, "WebSocket upgrade refused")) {
				t.Errorf("sessions %v, %s: got %d %s", sessions, name, status, answer)
			}
		}
	}
}

// echoLine takes the connection over and answers one line of it.
func echoLine(w http.ResponseWriter, _ *http.Request) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	line, _ := buffered.ReadString('\n')
	_, _ = io.WriteString(conn, "echo "+line)
}

// openWebSocket returns the status of an upgrade, and the line that follows or the body.
func openWebSocket(t *testing.T, host, header string) (status int, answer string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "GET /live HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n%s\r\n\r\n", host, header)
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewReader(conn)
	response, err := http.ReadResponse(buffered, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		t.Fatal(err)
	}
	answer, err = buffered.ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, answer
}
