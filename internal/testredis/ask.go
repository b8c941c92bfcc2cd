package testredis

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Do runs a command, which must succeed, over a connection of its own, and returns the answer as text: the parts of an
// answer that has parts one a line.
func (s *Server) Do(tb testing.TB, command ...string) string {
	tb.Helper()
	text, err := s.Try(command...)
	if err != nil {
		tb.Fatalf("%s: %v", command[0], err)
	}
	return text
}

// Try is Do for a command that may fail.
func (s *Server) Try(command ...string) (string, error) {
	conn, err := net.DialTimeout("unix", s.Socket(), patience) //nolint:noctx // has a time limit
	if err != nil {
		conn, err = net.DialTimeout("tcp", s.Addr(), patience) //nolint:noctx // a Sentinel has no socket
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	if s.user != nil {
		if _, err := exchange(conn, r, s.user); err != nil {
			return "", err
		}
	}
	return exchange(conn, r, command)
}

func exchange(w io.Writer, r *bufio.Reader, command []string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(command))
	for _, arg := range command {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return "", err
	}
	return answer(r)
}

// answer reads an answer of the protocol's second version.
func answer(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil || len(line) < 3 {
		return "", errors.Join(err, errors.New("testredis: no answer"))
	}
	kind, line := line[0], strings.TrimSpace(line[1:])
	if kind == '-' {
		return "", errors.New(line)
	}
	if kind != '$' && kind != '*' {
		return line, nil
	}
	n, err := strconv.Atoi(line)
	if err != nil || n < 0 {
		return "", err
	}
	if kind == '$' {
		text := make([]byte, n+2)
		_, err := io.ReadFull(r, text)
		return string(text[:n]), err
	}
	parts := make([]string, n)
	for i := range parts {
		if parts[i], err = answer(r); err != nil {
			return "", err
		}
	}
	return strings.Join(parts, "\n"), nil
}
